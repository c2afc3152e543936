// What changed while somebody looked? The task as it was seen beside the task as it is, and the question again.
import type { Problem, Schemas, Task } from '~/api/client';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useModelNames, useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { When } from '~/ui';
import { taskWords } from './words';

export interface StaleState {
  seen: Task;
  now: Task;
  since: Schemas['Step'][];
  verb: string;
  body: object;
}

/** The task as it is and the steps since, out of a 412; null of any other problem. */
export function staleOf(problem: Problem): { now: Task; since: Schemas['Step'][] } | null {
  if (problem.status !== 412) return null;
  const told = problem.current as unknown as ({ task?: Task; steps_since?: Schemas['Step'][] } & Task) | undefined;
  const now = told?.task ?? told;
  return now?.etag ? { now: now as Task, since: told?.steps_since ?? problem.stepsSince ?? [] } : null;
}

/** The lines in which two views of a task differ. */
function useDifference(seen: Task, now: Task): [string, string, string][] {
  const t = useWords(taskWords);
  const c = useWords(common);
  const name = useNames();
  const names = useModelNames();
  const { stamp } = useFormat();
  const line = (word: string, of: (task: Task) => string): [string, string, string] => [word, of(seen), of(now)];
  return [
    line(c('state'), (task) => name('state', task.state)),
    line(t('holder'), (task) => task.holder ?? t('nobody')),
    line(t('lease'), (task) => (task.lease_until ? stamp(task.lease_until) : '—')),
    line(c('level'), (task) => name('level', task.level)),
    line(t('ackDue'), (task) => stamp(task.ack_due_at)),
    line(t('judgeDue'), (task) => stamp(task.judge_due_at)),
    line(t('partners'), (task) => task.partners.map((id) => names.agency(id)).join('、') || '—'),
    line(c('agency'), (task) => names.agency(task.agency)),
  ].filter(([, before, after]) => before !== after) as [string, string, string][];
}

export function Stale({ state, busy, onAgain, onClose }: { state: StaleState; busy: boolean; onAgain: () => void; onClose: () => void }) {
  const t = useWords(taskWords);
  const name = useNames();
  const names = useModelNames();
  const lines = useDifference(state.seen, state.now);
  const verb = name('verb', state.verb);
  const may = state.now.allowed.includes(state.verb);
  return (
    <div className="stack stale" role="alert">
      <p>{t('staleHint', { verb })}</p>
      {lines.length > 0 ? (
        <table className="table diff">
          <thead><tr><th scope="col">{t('field')}</th><th scope="col">{t('before')}</th><th scope="col">{t('after')}</th></tr></thead>
          <tbody>
            {lines.map(([word, before, after]) => (
              <tr key={word}><th scope="row">{word}</th><td><del>{before}</del></td><td><ins>{after}</ins></td></tr>
            ))}
          </tbody>
        </table>
      ) : <p>{t('same')}</p>}
      {state.since.length > 0 && (
        <section>
          <h3>{t('whoDid')}</h3>
          <ol className="steps">
            {state.since.map((step) => (
              <li key={step.act}>
                <When at={step.at} /> <b>{name('verb', step.verb)}</b> <span className="muted">{step.by}{step.agency ? ` · ${names.agency(step.agency)}` : ''}</span>
                {step.reason && <p>{step.reason}</p>}
              </li>
            ))}
          </ol>
        </section>
      )}
      {!may && <p className="formerror">{t('noLonger', { verb })}</p>}
      <div className="actions">
        <button type="button" className={may ? '' : 'primary'} onClick={onClose}>{t('look')}</button>
        {may && <button type="button" className="primary" disabled={busy} onClick={onAgain}>{t('again', { verb })}</button>}
      </div>
    </div>
  );
}
