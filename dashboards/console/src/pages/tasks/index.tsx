// What is this task, why is it here, what was done, and what can be done next?
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Task } from '~/api/client';
import { useEnterprise, useTask, useWarning } from '~/api/queries';
import { useText, useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useModelNames, useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Chip, Copy, Due, Empty, EvidenceList, Firm, Grade, Level, Page, Panel, State, useContributionBars, Waiting, Waterfall, When } from '~/ui';
import { useKeys } from '~/ui/keys';
import { useNow } from '~/ui/now';
import { Effect } from './effect';
import { History } from './history';
import { Measures } from './measure';
import { isAtOnce, StepDialog, useStep } from './step';
import { Stale } from './stale';
import { Dialog } from '~/ui/dialog';
import { taskWords } from './words';
import './tasks.css';

/** The step that usually comes next, most likely first. */
const NEXT = ['ack', 'start', 'report', 'resume', 'dispatch', 'close', 'raise'];
const GRAVE = new Set(['recall', 'return', 'escalate', 'transfer']);

/** The steps that a task takes now, the likeliest first and marked. */
export function Steps({ task, onStep }: { task: Task; onStep: (verb: string) => void }) {
  const t = useWords(taskWords);
  const name = useNames();
  if (task.allowed.length === 0) return <p className="muted">{task.state === 'recalled' ? t('recalledHint') : t('noStepsAllowed')}</p>;
  const first = NEXT.find((verb) => task.allowed.includes(verb));
  const rest = task.allowed.filter((verb) => verb !== first).toSorted((a, b) => Number(GRAVE.has(a)) - Number(GRAVE.has(b)));
  return (
    <div className="stepbar" role="group" aria-label={t('steps')}>
      {first && <button type="button" className="primary" onClick={() => onStep(first)}>{name('verb', first)}</button>}
      {rest.map((verb) => <button key={verb} type="button" onClick={() => onStep(verb)}>{name('verb', verb)}</button>)}
    </div>
  );
}

function Clocks({ task }: { task: Task }) {
  const t = useWords(taskWords);
  const now = useNow();
  const format = useFormat();
  const done = ['reported', 'closed', 'recalled'].includes(task.state);
  const acked = !['raised', 'dispatched', 'transferred', 'returned'].includes(task.state);
  const left = task.lease_until ? new Date(task.lease_until).getTime() - Date.now() : 0;
  return (
    <dl className="clocks">
      <div className={acked ? 'past' : ''}>
        <dt>{t('ackDue')}</dt>
        <dd>{acked ? <span className="muted">✓</span> : <Due at={task.ack_due_at} now={now} overdue={false} done={done} />}<small>{format.stamp(task.ack_due_at)}</small></dd>
      </div>
      <div>
        <dt>{t('judgeDue')}</dt>
        <dd>{task.state === 'waiting' ? <span className="due soon">{t('clockStopped')}</span> : <Due at={task.judge_due_at} now={now} overdue={false} done={done} />}<small>{format.stamp(task.judge_due_at)}</small></dd>
      </div>
      <div>
        <dt>{t('holder')}</dt>
        <dd>{task.holder ?? <span className="muted">{t('nobody')}</span>}{task.lease_until && <small>{left > 0 ? t('leaseLeft', { span: format.span(left) }) : t('leaseOver')}</small>}</dd>
      </div>
    </dl>
  );
}

function Enterprise({ uscc }: { uscc: string }) {
  const t = useWords(taskWords);
  const bars = useContributionBars();
  const query = useEnterprise(uscc);
  if (!query.data) return <Waiting query={query} />;
  const firm = query.data;
  return (
    <div className="stack">
      <div className="row"><Grade grade={firm.index?.grade} /> <b className="bignum">{firm.index?.score ?? '—'}</b> <span className="muted">/ 1000</span> <State state={firm.status} /></div>
      {firm.index?.contributions?.length ? <Waterfall title={t('contributions')} unit="" total={firm.index.score} bars={bars(firm.index.contributions)} /> : <p className="muted">{t('noIndex')}</p>}
    </div>
  );
}

function Siblings({ task, tasks }: { task: Task; tasks: Task[] }) {
  const t = useWords(taskWords);
  const c = useWords(common);
  const names = useModelNames();
  const name = useNames();
  const others = tasks.filter((one) => one.id !== task.id);
  if (others.length === 0) return <p className="muted">{t('noSiblings')}</p>;
  return (
    <ul className="siblings">
      {others.map((one) => (
        <li key={one.id}>
          <Link to="/tasks/$id" params={{ id: one.id.replaceAll('/', '~') }}>{names.agency(one.agency)}</Link>
          <Chip tone={one.role === 'lead' ? 'accent' : undefined}>{name('role', one.role)}</Chip>
          {one.overdue && <Chip tone="bad">{c('overdue')}</Chip>}
          <State state={one.state} />
        </li>
      ))}
    </ul>
  );
}

export default function TaskPage() {
  const c = useWords(common);
  const t = useWords(taskWords);
  const text = useText();
  const name = useNames();
  const names = useModelNames();
  const navigate = useNavigate();
  const { id = '' } = useParams({ strict: false });
  const query = useTask(id);
  const task = query.data;
  const warning = useWarning(task?.warning);
  const [verb, setVerb] = useState<string | null>(null);
  const quick = useStep();
  const step = (one: string) => {
    if (!task) return;
    if (isAtOnce(one)) void quick.send(task, one, {});
    else setVerb(one);
  };
  const may = (one: string) => task?.allowed.includes(one) && step(one);
  useKeys([
    { key: 'a', label: t('k_ack'), run: () => may('ack') },
    { key: 'r', label: t('k_report'), run: () => may('report') },
    { key: 'e', label: t('k_profile'), run: () => task?.subject && void navigate({ to: '/enterprises/$uscc', params: { uscc: task.subject } }) },
    { key: 'b', label: t('k_back'), run: () => void navigate({ to: '/dispatch', search: { agency: task?.agency } }) },
  ]);
  if (!task) return <Page title={t('title')}><Waiting query={query} /></Page>;
  const subject = task.subject;
  const other = warning.data?.kind === 'vest_switch' ? warning.data.subjects.find((one) => one !== subject) : undefined;
  return (
    <Page
      title={<span className="row"><Level level={task.level} /> <span>{task.subject_name ?? text(warning.data?.summary)}</span> <Chip>{name('kind', task.kind)}</Chip></span>}
      side={<>
        <Link className="button small" to="/dispatch" search={{ agency: task.agency }}>← {t('toQueue')}</Link>
        {subject && <Link className="button small" to="/enterprises/$uscc" params={{ uscc: subject }}>{t('profile')}</Link>}
        {subject && <Link className="button small" to="/graph/$uscc" params={{ uscc: subject }}>{t('graph')}</Link>}
        {subject && <Link className="button small" to="/funds/$uscc" params={{ uscc: subject }}>{t('funds')}</Link>}
      </>}>
      <Panel className="taskhead">
        <div className="who">
          {task.overdue && <Chip tone="bad">{c('overdue')}</Chip>}
          <State state={task.state} />
          <b>{names.agency(task.agency)}</b>
          <Chip tone={task.role === 'lead' ? 'accent' : undefined}>{name('role', task.role)}</Chip>
          {task.partners.length > 0 && <span className="muted">{t('partners')}: {task.partners.map((one) => names.agency(one)).join('、')}</span>}
        </div>
        <Clocks task={task} />
        <Steps task={task} onStep={step} />
        {quick.error !== null && <Waiting query={{ error: quick.error, refetch: () => quick.setError(null) }} />}
        <small>{text(task.reason)}</small>
      </Panel>
      <div className="taskgrid">
        <div className="stack">
          <Panel title={t('why')} side={warning.data && <span className="row"><When at={warning.data.raised_at} /> <Copy text={task.warning} /></span>}>
            {warning.error ? <p className="muted">{t('unavailable')}</p> : !warning.data ? <Waiting query={warning} /> : (
              <div className="stack">
                {warning.data.state === 'withdrawn' && <p className="formerror">{t('withdrawn')}: {text(warning.data.withdrawn_because)}</p>}
                <p className="tasksummary">{text(warning.data.summary)}</p>
                {warning.data.evidence?.length ? <EvidenceList lines={warning.data.evidence} against={warning.data.against ?? []} /> : <Empty title={t('noEvidence')} />}
              </div>
            )}
          </Panel>
          {subject && <Panel title={t('firmNow')} side={<Firm uscc={subject} name={task.subject_name} />}><Enterprise uscc={subject} /></Panel>}
        </div>
        <div className="stack">
          <Measures task={task} proposed={warning.data?.measures ?? []} />
          {other && subject && <Panel title={t('pair')}><PairLink subjects={warning.data!.subjects} /></Panel>}
          <Panel title={t('history')}><Effect task={task} warning={warning.data} /><History task={task} /></Panel>
          <Panel title={t('siblings')}><Siblings task={task} tasks={warning.data?.tasks ?? []} /></Panel>
        </div>
      </div>
      {verb && <StepDialog task={task} verb={verb} onClose={() => setVerb(null)} />}
      {quick.stale && (
        <Dialog title={t('staleTitle')} onClose={() => quick.setStale(null)} wide>
          <Stale state={quick.stale} busy={quick.busy} onClose={() => { quick.setStale(null); void query.refetch(); }} onAgain={() => void quick.send(quick.stale!.now, quick.stale!.verb, {})} />
        </Dialog>
      )}
    </Page>
  );
}

/** The pair behind a warning about two enterprises: whichever direction exists. */
function PairLink({ subjects }: { subjects: string[] }) {
  const t = useWords(taskWords);
  const query = useQuery({
    queryKey: ['pairs', 'of', subjects[0]],
    queryFn: () => data(api.GET('/api/v1/pairs', { params: { query: { of: subjects[0], limit: 20 } } })),
  });
  const found = query.data?.pairs.find((pair) => subjects.includes(pair.predecessor) && subjects.includes(pair.successor));
  if (!found) return <p className="muted">—</p>;
  return (
    <Link to="/pairs/$id" params={{ id: found.id }} className="pairlink">
      <span>{found.predecessor_name}</span> <span aria-label="→">⇢</span> <span>{found.successor_name}</span> <b>{Math.round(found.confidence * 100) / 100}</b><span className="sr">{t('pair')}</span>
    </Link>
  );
}
