// How is a step of a task taken? One dialog for every verb; a 412 is shown as a difference and asked again.
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { act, Problem, type Schemas, type Task } from '~/api/client';
import { useModel } from '~/api/queries';
import { useLang, useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { Field, ProblemBox } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { opposite, takeBack } from '~/api/undo';
import { useSession } from '~/api/session';
import { useHold, useUndoable } from '~/ui/toast';
import { FindingForm, type Finding } from './finding';
import { MeasureForm, type MeasureVerb } from './measure';
import { Stale, staleOf, type StaleState } from './stale';
import { taskWords } from './words';

type Body = Partial<Schemas['ActBody']>;

const NEEDS: Record<string, ('reason' | 'lease' | 'agency' | 'partners' | 'approver' | 'finding' | 'measure')[]> = {
  ack: ['lease'], renew: ['lease'], release: [], start: [], wait: ['approver', 'reason'], resume: [], return: ['reason'],
  transfer: ['agency', 'reason'], join: ['partners'], report: ['finding'], escalate: ['reason'], dispatch: [], close: [], recall: ['reason'], raise: ['reason'],
  initiate: ['measure'], push: ['measure'], respond: ['measure'], feedback: ['measure'], lift: ['measure'],
};

/** Steps that are taken without a question: they need nothing and can be taken back. */
const AT_ONCE = new Set(['start', 'resume', 'release']);
const LEASES = [['30', 'm30'], ['60', 'm60'], ['240', 'm240'], ['1440', 'm1440']] as const;

/** Sends steps; `stale` holds what others did meanwhile. */
export function useStep(onDone?: (task: Task) => void) {
  const client = useQueryClient();
  const undoable = useUndoable();
  const { has } = useSession();
  const t = useWords(taskWords);
  const name = useNames();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [stale, setStale] = useState<StaleState | null>(null);
  const keep = (after: Task) => {
    client.setQueryData(['tasks', 'one', after.id], after);
    void client.invalidateQueries({ queryKey: ['tasks'] });
  };
  const undo = (before: Task, after: Task, verb: string) => {
    const steps = opposite(before, verb, has);
    return steps && (() => takeBack(after, steps).then(keep).finally(() => void client.invalidateQueries({ queryKey: ['tasks'] })));
  };
  const send = async (task: Task, verb: string, body: Body): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      const after = await act(task, verb, body);
      keep(after);
      undoable(t('done', { verb: name('verb', verb) }), undo(task, after, verb));
      setStale(null);
      onDone?.(after);
      return true;
    } catch (problem) {
      const found = problem instanceof Problem ? staleOf(problem) : null;
      if (found) {
        setStale({ ...found, seen: task, verb, body });
        client.setQueryData(['tasks', 'one', found.now.id], found.now);
      } else setError(problem);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { send, keep, busy, error, stale, setStale, setError };
}

/** A dialog for a step; closes itself when the step is in the journal. */
export function StepDialog({ task, verb, onClose, onDone }: { task: Task; verb: string; onClose: () => void; onDone?: (task: Task) => void }) {
  const t = useWords(taskWords);
  const name = useNames();
  const { lang } = useLang();
  const { data: model } = useModel();
  const opened = useRef(Date.now());
  const hold = useHold();
  const navigate = useNavigate();
  const client = useQueryClient();
  const needs = NEEDS[verb] ?? [];
  const [reason, setReason] = useState('');
  const [lease, setLease] = useState('60');
  const [agency, setAgency] = useState('');
  const [partners, setPartners] = useState<string[]>([]);
  const [approver, setApprover] = useState('');
  const [missing, setMissing] = useState<string | null>(null);
  const step = useStep((after) => { onDone?.(after); onClose(); });

  // The dialog gives the focus to its close button; the first field is what is wanted.
  useEffect(() => document.querySelector<HTMLElement>('dialog[open] [data-first]')?.focus(), []);
  const check = (): Body | string => {
    if (needs.includes('reason') && !reason.trim()) return t('reasonNeeded');
    if (needs.includes('agency') && !agency) return t('agencyNeeded');
    if (needs.includes('partners') && partners.length === 0) return t('partnersNeeded');
    if (needs.includes('approver') && !approver.trim()) return t('approverNeeded');
    return {
      reason: reason.trim() || undefined,
      lease_minutes: needs.includes('lease') ? Number(lease) : undefined,
      agency: agency || undefined,
      partners: partners.length ? partners : undefined,
      approver: approver.trim() || undefined,
    };
  };
  const submit = (event?: React.FormEvent) => {
    event?.preventDefault();
    const body = check();
    if (typeof body === 'string') return setMissing(body);
    setMissing(null);
    void step.send(task, verb, body);
  };
  // A report has no opposite: it is held back for some seconds, so that a slip can be undone.
  const report = (finding: Finding, note: string) => {
    hold({
      text: t('willReport', { what: `${name('outcome', finding.outcome)} · ${task.subject_name ?? ''}` }),
      send: () => act(task, verb, { finding, reason: note || undefined }).then((after) => {
        step.keep(after);
        onDone?.(after);
        return t('done', { verb: name('verb', verb) });
      }).finally(() => void client.invalidateQueries({ queryKey: ['tasks'] })),
      look: { label: t('seeTask'), run: () => navigate({ to: '/tasks/$id', params: { id: task.id.replaceAll('/', '~') } }) },
    });
    onClose();
  };
  const others = (model?.agencies ?? []).filter((one) => one.id !== task.agency);
  const verbName = name('verb', verb);

  if (step.stale) {
    return (
      <Dialog title={t('staleTitle')} onClose={onClose} wide>
        <Stale state={step.stale} busy={step.busy} onClose={() => { onDone?.(step.stale!.now); onClose(); }}
          onAgain={() => void step.send(step.stale!.now, verb, step.stale!.body as Body)} />
      </Dialog>
    );
  }
  if (needs.includes('finding')) {
    return (
      <Dialog title={t('finding')} onClose={onClose} wide>
        <p className="muted">{task.subject_name}</p>
        <FindingForm busy={step.busy} onSend={report} onCancel={onClose} opened={opened.current} />
        {step.error !== null && <ProblemBox error={step.error} />}
      </Dialog>
    );
  }
  if (needs.includes('measure')) {
    return (
      <Dialog title={verbName} onClose={onClose} wide>
        <p className="muted">{task.subject_name ?? task.id}</p>
        <MeasureForm task={task} verb={verb as MeasureVerb} busy={step.busy} onSend={(body) => void step.send(task, verb, body)} onCancel={onClose} />
        {step.error !== null && <ProblemBox error={step.error} />}
      </Dialog>
    );
  }
  return (
    <Dialog title={verbName} onClose={onClose}>
      <form className="stack stepform" onSubmit={submit} onKeyDown={(event) => (event.ctrlKey || event.metaKey) && event.key === 'Enter' && submit()}>
        <p className="muted">{task.subject_name ?? task.id}</p>
        {needs.includes('lease') && (
          <fieldset className="stepchoices">
            <legend>{t('minutes')}</legend>
            {LEASES.map(([value, word]) => (
              <label key={value}><input type="radio" name="lease" value={value} checked={lease === value} onChange={() => setLease(value)} data-first={value === '60' ? '' : undefined} /> {t(word)}</label>
            ))}
            <small>{t('ackHint')}</small>
          </fieldset>
        )}
        {needs.includes('agency') && (
          <Field label={t('agency')}>
            <select value={agency} onChange={(event) => setAgency(event.target.value)} data-first>
              <option value="">—</option>
              {others.map((one) => <option key={one.id} value={one.id}>{one[lang]}</option>)}
            </select>
          </Field>
        )}
        {needs.includes('partners') && (
          <fieldset className="stepchoices tall">
            <legend>{t('partnersPick')}</legend>
            {others.map((one) => (
              <label key={one.id}>
                <input type="checkbox" checked={partners.includes(one.id)}
                  onChange={(event) => setPartners(event.target.checked ? [...partners, one.id] : partners.filter((id) => id !== one.id))} /> {one[lang]}
              </label>
            ))}
          </fieldset>
        )}
        {needs.includes('approver') && (
          <Field label={t('approver')} hint={t('approverHint')}><input type="text" value={approver} onChange={(event) => setApprover(event.target.value)} data-first autoComplete="off" /></Field>
        )}
        {(needs.includes('reason') || ['join', 'dispatch', 'close'].includes(verb)) && (
          <Field label={t('reason')} hint={t('reasonHint')}><textarea value={reason} onChange={(event) => setReason(event.target.value)} maxLength={600} data-first={needs.length === 0 || needs[0] === 'reason' ? '' : undefined} /></Field>
        )}
        {missing && <p className="formerror" role="alert">{missing}</p>}
        {step.error !== null && <ProblemBox error={step.error} />}
        <div className="actions">
          <button type="button" onClick={onClose}>{t('cancel')}</button>
          <button type="submit" className="primary" disabled={step.busy}>{step.busy ? t('doing') : t('confirm', { verb: verbName })}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** A step that is taken at once when it needs nothing, else by its dialog. */
export const isAtOnce = (verb: string) => AT_ONCE.has(verb);
