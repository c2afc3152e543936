// Which measure is decided, asked for, answered or lifted? The form of the steps of joint action, and what was decided so far.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas, type Task } from '~/api/client';
import { useMeasures, useModel, useTask } from '~/api/queries';
import { useSession } from '~/api/session';
import { useLang, useText, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { Chip, Empty, Field, Panel, Waiting, When } from '~/ui';
import { taskWords } from './words';

type Body = Partial<Schemas['ActBody']>;
export type MeasureVerb = 'initiate' | 'push' | 'respond' | 'feedback' | 'lift';

/** What a measure is called: by the catalogue, or by the words of the models' own proposals. */
export function useMeasureName() {
  const { lang } = useLang();
  const name = useNames();
  const { data: catalogue } = useMeasures();
  return (id: string) => catalogue?.find((one) => one.id === id)?.[lang] ?? name('measure', id);
}

/** The measures that a step may be about: of the catalogue for a decision, else of those decided. */
function useChoices(task: Task, verb: MeasureVerb) {
  const { me } = useSession();
  const own = me?.agency ?? task.agency;
  const whole = useTask(task.id);
  const catalogue = useMeasures();
  const proposals = useQuery({
    queryKey: ['tasks', 'proposals', task.id],
    queryFn: () => data(api.GET('/api/v1/tasks/{id}/proposals', { params: { path: { id: task.id.replaceAll('/', '~') } } })).then(({ measures }) => measures),
    enabled: verb === 'initiate',
  });
  const decided = whole.data?.measures ?? [];
  const free = (rule: Schemas['MeasureRow']) =>
    (rule.powers.length === 0 || rule.powers.includes(own)) && !decided.some((one) => one.measure === rule.id && one.in_force);
  const proposed = (proposals.data ?? []).filter(free).map((rule) => rule.id);
  const ids = verb === 'initiate'
    ? (catalogue.data ?? []).filter(free).map((rule) => rule.id).filter((id) => !proposed.includes(id))
    : decided.filter((one) => one.allowed.includes(verb)).map((one) => one.measure);
  const waits = [whole, catalogue, ...(verb === 'initiate' ? [proposals] : [])].find((query) => !query.data);
  return { proposed: verb === 'initiate' ? proposed : [], ids, decided, waits };
}

/** What the catalogue says of a measure, or what was decided. */
function Facts({ basis, scope, term, ends }: { basis: string; scope: string; term?: string | null; ends?: string }) {
  const t = useWords(taskWords);
  return (
    <dl className="measurefacts">
      <dt>{t('basis')}</dt><dd>{basis}</dd>
      <dt>{t('scope')}</dt><dd>{scope}</dd>
      {term !== undefined && <><dt>{t('term')}</dt><dd>{term ?? t('once')}</dd></>}
      {ends && <><dt>{t('endsHow')}</dt><dd>{ends}</dd></>}
    </dl>
  );
}

/** Agencies as checkboxes. */
function Agencies({ legend, from, picked, onPick }: { legend: string; from: string[]; picked: string[]; onPick: (ids: string[]) => void }) {
  const names = useModelNames();
  return (
    <fieldset className="stepchoices tall">
      <legend>{legend}</legend>
      {from.map((id) => (
        <label key={id}>
          <input type="checkbox" checked={picked.includes(id)} onChange={(event) => onPick(event.target.checked ? [...picked, id] : picked.filter((one) => one !== id))} /> {names.agency(id)}
        </label>
      ))}
    </fieldset>
  );
}

export function MeasureForm({ task, verb, busy, onSend, onCancel }: { task: Task; verb: MeasureVerb; busy: boolean; onSend: (body: Body) => void; onCancel: () => void }) {
  const t = useWords(taskWords);
  const nameOf = useMeasureName();
  const name = useNames();
  const text = useText();
  const { data: model } = useModel();
  const { data: catalogue } = useMeasures();
  const { proposed, ids, decided, waits } = useChoices(task, verb);
  const [chosen, setChosen] = useState('');
  const [agencies, setAgencies] = useState<string[]>([]);
  const [accepts, setAccepts] = useState<boolean | null>(null);
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState<string | null>(null);
  if (waits) return <Waiting query={waits} />;
  // One that can only be meant is chosen already.
  const only = proposed.length + ids.length === 1 ? [...proposed, ...ids][0] : '';
  const id = chosen || only || '';
  const rule = catalogue?.find((one) => one.id === id);
  const standing = decided.find((one) => one.measure === id);
  const told = verb === 'initiate' ? rule && { ...rule, ends: rule.undo_how, term: text(rule.term) || null } : standing;
  const unasked = (standing?.agencies ?? []).filter((part) => part.stage === 'initiated').map((part) => part.agency);
  const others = (model?.agencies ?? []).map((one) => one.id).filter((one) => one !== task.agency);
  const submit = (event?: React.FormEvent) => {
    event?.preventDefault();
    if (!id) return setMissing(t('measureNeeded'));
    if (verb === 'respond' && accepts === null) return setMissing(t('answerNeeded'));
    if (verb !== 'push' && verb !== 'respond' && !reason.trim()) return setMissing(t('reasonNeeded'));
    setMissing(null);
    onSend({ measure: { id, agencies, ...(verb === 'respond' ? { accepts } : {}) }, reason: reason.trim() || undefined });
  };
  if (proposed.length + ids.length === 0) return <Empty title={t('noMeasure')} />;
  return (
    <form className="stack stepform" onSubmit={submit} onKeyDown={(event) => (event.ctrlKey || event.metaKey) && event.key === 'Enter' && submit()}>
      {verb === 'initiate' && <p className="muted">{t('proposedHint')}</p>}
      <Field label={t('measure')}>
        <select value={id} onChange={(event) => { setChosen(event.target.value); setAgencies([]); }} data-first>
          {!only && <option value="">—</option>}
          {proposed.length > 0 && <optgroup label={t('proposed')}>{proposed.map((one) => <option key={one} value={one}>{nameOf(one)}</option>)}</optgroup>}
          {proposed.length > 0 && ids.length > 0
            ? <optgroup label={t('catalogue')}>{ids.map((one) => <option key={one} value={one}>{nameOf(one)}</option>)}</optgroup>
            : ids.map((one) => <option key={one} value={one}>{nameOf(one)}</option>)}
        </select>
      </Field>
      {told && <Facts {...told} />}
      {verb === 'initiate' && id && <Agencies legend={t('asked')} from={others} picked={agencies} onPick={setAgencies} />}
      {verb === 'push' && unasked.length > 1 && <Agencies legend={t('pushTo')} from={unasked} picked={agencies} onPick={setAgencies} />}
      {verb === 'respond' && (
        <fieldset className="stepchoices">
          <legend>{t('takesPart')}</legend>
          {([[true, 'yes'], [false, 'no']] as const).map(([value, word]) => (
            <label key={word}><input type="radio" name="accepts" checked={accepts === value} onChange={() => setAccepts(value)} /> {t(word)}</label>
          ))}
        </fieldset>
      )}
      <Field label={t(verb === 'feedback' ? 'done2' : verb === 'initiate' ? 'whyDecided' : 'reason')} hint={t(verb === 'feedback' ? 'done2Hint' : 'reasonHint')}>
        <textarea value={reason} onChange={(event) => setReason(event.target.value)} maxLength={600} />
      </Field>
      {missing && <p className="formerror" role="alert">{missing}</p>}
      <div className="actions">
        <button type="button" onClick={onCancel}>{t('cancel')}</button>
        <button type="submit" className="primary" disabled={busy}>{busy ? t('doing') : t('confirm', { verb: name('verb', verb) })}</button>
      </div>
    </form>
  );
}

/** What a person decided on a task, how far each agency is with it, and what the model proposes beside. */
export function Measures({ task, proposed }: { task: Task; proposed: string[] }) {
  const t = useWords(taskWords);
  const name = useNames();
  const names = useModelNames();
  const nameOf = useMeasureName();
  const decided = task.measures ?? [];
  const left = proposed.filter((id) => !decided.some((one) => one.measure === id && one.in_force));
  if (decided.length + left.length === 0) return null;
  return (
    <Panel title={t('measure')}>
      <div className="stack">
        {decided.length > 0 && (
          <ul className="measures">
            {decided.map((one) => (
              <li key={one.measure} className={one.in_force ? undefined : 'past'}>
                <div className="row"><b>{nameOf(one.measure)}</b><Chip tone={one.in_force ? 'good' : undefined}>{t(one.in_force ? 'inForce' : 'lifted')}</Chip>{one.in_force && one.until && <small>{t('until', { day: one.until.slice(0, 10) })}</small>}</div>
                <Facts basis={one.basis} scope={one.scope} />
                {one.agencies.length > 0 && (
                  <ul>{one.agencies.map((part) => (
                    <li key={part.agency}>{names.agency(part.agency)} <Chip tone={part.stage === 'fed_back' ? 'good' : part.stage === 'declined' ? 'bad' : undefined}>{name('stage', part.stage)}</Chip>{part.result && <span>{part.result}</span>}</li>
                  ))}</ul>
                )}
                <small>{t('decidedBy')} {one.by} · <When at={one.at} />{one.lifted_at && <> · {t('liftedBy')} {one.lifted_by === 'clock' ? t('byClock') : one.lifted_by} · <When at={one.lifted_at} /></>}</small>
              </li>
            ))}
          </ul>
        )}
        {left.length > 0 && <div className="chips" aria-label={t('measures')}><span className="muted">{t('measures')}</span>{left.map((one) => <Chip key={one} tone="accent">{nameOf(one)}</Chip>)}</div>}
      </div>
    </Panel>
  );
}
