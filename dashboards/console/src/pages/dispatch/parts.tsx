// The parts that the dispatch pages share: tiles of numbers, a bar of levels, a lease, a row of a task.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Task } from '~/api/client';
import { useLang, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { span, useFormat } from '~/i18n/time';
import { Chip, Due, Level, State } from '~/ui';
import { LEVELS, type Load } from './load';
import { dispatchWords } from './words';

export function Tile({ label, value, tone, hint }: { label: string; value: ReactNode; tone?: 'bad' | 'warn'; hint?: string }) {
  return (
    <div className={`tile ${tone ?? ''}`} title={hint}>
      <dt>{label}</dt>
      <dd>{value}{hint && <span className="sr"> ({hint})</span>}</dd>
    </div>
  );
}

export function Tiles({ load }: { load: Load }) {
  const t = useWords(dispatchWords);
  const { lang } = useLang();
  const { number } = useFormat();
  return (
    <dl className="tiles">
      <Tile label={t('open')} value={<>{number(load.open)} <LevelBar load={load} /></>} />
      <Tile label={t('overdue')} value={number(load.overdue)} tone={load.overdue ? 'bad' : undefined} />
      <Tile label={t('unheld')} value={number(load.unheld)} />
      <Tile label={t('dueDay')} value={number(load.due_in_a_day)} tone={load.due_in_a_day ? 'warn' : undefined} />
      <Tile label={t('forecast')} value={load.forecast ?? '—'} tone={load.forecast ? 'warn' : undefined} hint={load.forecast === null ? t('noForecast') : t('forecastHint')} />
      <Tile label={t('handling')} value={load.handling_minutes != null ? span(load.handling_minutes * 60_000, lang) : '—'} />
    </dl>
  );
}

/** Open tasks by level as one bar; the numbers are in its name. */
export function LevelBar({ load, max }: { load: Load; max?: number }) {
  const t = useWords(dispatchWords);
  const { levels } = load;
  const text = t('levels', { r: levels.red, o: levels.orange, y: levels.yellow, b: levels.blue });
  const whole = max ?? load.open;
  return (
    <span className="levelbar" role="img" aria-label={text} title={text}>
      {whole > 0 && LEVELS.map((level) => levels[level] > 0 && <span key={level} className={level} style={{ width: `${(levels[level] / whole) * 100}%` }} />)}
    </span>
  );
}

export function Lease({ task }: { task: Task }) {
  const t = useWords(dispatchWords);
  const { lang } = useLang();
  if (!task.holder) return <span className="muted">—</span>;
  if (!task.lease_until) return <span>{task.holder}</span>;
  const left = new Date(task.lease_until).getTime() - Date.now();
  return <span className={left < 10 * 60_000 ? 'due soon' : ''}>{left > 0 ? t('leftLease', { who: task.holder, span: span(left, lang) }) : t('leaseOver', { who: task.holder })}</span>;
}

const BEFORE_ACK = ['raised', 'dispatched', 'transferred', 'returned'];
const DONE = ['reported', 'closed', 'recalled'];

/** The term that runs now. */
export function Term({ task, now }: { task: Task; now: number }) {
  const t = useWords(dispatchWords);
  const name = useNames();
  const waits = BEFORE_ACK.includes(task.state);
  if (task.state === 'waiting') return <span className="due soon">⏸ {name('state', 'waiting')}</span>;
  return (
    <span className="term">
      <Due at={waits ? task.ack_due_at : task.judge_due_at} now={now} overdue={task.overdue} done={DONE.includes(task.state)} />
      <small>{waits ? t('ackIn') : t('judgeIn')}</small>
    </span>
  );
}

export function TaskRow({ task, now, at, agency, onAck }: { task: Task; now: number; at: boolean; agency: boolean; onAck?: () => void }) {
  const t = useWords(dispatchWords);
  const name = useNames();
  const names = useModelNames();
  return (
    <tr className={at ? 'at' : ''} aria-current={at ? 'true' : undefined}>
      <td><Level level={task.level} short /></td>
      <td>
        <span className="what">
          <Link to="/tasks/$id" params={{ id: task.id.replaceAll('/', '~') }} data-task={task.id}>{task.subject_name ?? name('kind', task.kind)}</Link>
          <small title={agency ? names.agency(task.agency) : undefined}>{[task.subject_name ? name('kind', task.kind) : '', agency ? names.agency(task.agency) : ''].filter(Boolean).join(' · ')}</small>
        </span>
      </td>
      <td><Term task={task} now={now} /></td>
      <td><State state={task.state} /></td>
      <td><Chip tone={task.role === 'lead' ? 'accent' : undefined}>{name('role', task.role)}</Chip>{task.partners.length > 0 && <small> +{task.partners.length}</small>}</td>
      <td><Lease task={task} /></td>
      <td className="right">{onAck && task.allowed.includes('ack') && <button type="button" className="small" onClick={onAck} tabIndex={at ? 0 : -1}>{t('quick')}</button>}</td>
    </tr>
  );
}
