// What is there to do, for whom, and what will not be done in time? Queues of agencies with their clocks.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { api, data, type Task } from '~/api/client';
import { useSession } from '~/api/session';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Empty, Page, ProblemBox, Waiting } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { useKeys } from '~/ui/keys';
import { useNow } from '~/ui/now';
import { useToast } from '~/ui/toast';
import { StepDialog, useStep } from '../tasks/step';
import { Stale } from '../tasks/stale';
import { taskWords } from '../tasks/words';
import { LEVELS, sum, useLoad } from './load';
import { LevelBar, TaskRow, Tiles } from './parts';
import { dispatchWords, type DispatchWord } from './words';
import '../tasks/tasks.css';
import './dispatch.css';

interface Query { state?: string; holder?: string; overdue?: boolean }
const TABS: [id: string, word: DispatchWord, query: Query][] = [
  ['mine', 'mine', { holder: 'me', state: 'acknowledged,in_hand,waiting,joint' }],
  ['unassigned', 'unassigned', { state: 'dispatched,transferred,raised' }],
  ['late', 'late', { overdue: true }],
  ['joint', 'joint', { state: 'joint' }],
  ['back', 'back', { state: 'returned,escalated' }],
  ['done', 'done', { state: 'reported' }],
  ['all', 'all', { state: 'raised,dispatched,acknowledged,in_hand,waiting,returned,transferred,joint,reported,escalated' }],
];

/** A queue of tasks, page after page. */
export function useTasks(query: Query & { agency?: string; level?: string }) {
  return useInfiniteQuery({
    queryKey: ['tasks', 'queue', query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/tasks', { params: { query: { ...query, cursor: pageParam, limit: 50 } } })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** Takes the tasks that are due soonest. */
function usePull(agency: string | undefined) {
  const t = useWords(dispatchWords);
  const toast = useToast();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const pull = async (max: number) => {
    setError(null);
    try {
      const { tasks } = await data(api.POST('/api/v1/tasks/pull', { body: { agency: agency ?? null, max, lease_minutes: 60 } }));
      toast(tasks.length ? t('pulled', { n: tasks.length }) : t('pullNone'));
      await client.invalidateQueries({ queryKey: ['tasks'] });
      return tasks.length > 0;
    } catch (problem) {
      setError(problem);
      return false;
    }
  };
  return { pull, error };
}

function Agencies({ chosen, onChoose }: { chosen?: string; onChoose: (id: string | undefined) => void }) {
  const t = useWords(dispatchWords);
  const names = useModelNames();
  const load = useLoad();
  if (!load.data) return <Waiting query={load} />;
  const all = load.data.agencies.filter((one) => one.open > 0 || one.id === chosen).toSorted((a, b) => b.open - a.open || a.id.localeCompare(b.id));
  const max = Math.max(1, ...all.map((one) => one.open));
  const total = sum(load.data.agencies);
  return (
    <nav className="agencies panel" aria-label={t('agencies')}>
      <h2>{t('agencies')}</h2>
      <ul>
        <li><button type="button" className="ghost" aria-pressed={!chosen} onClick={() => onChoose(undefined)}><span>{t('allAgencies')}</span><b>{total.open}</b></button></li>
        {all.map((one) => (
          <li key={one.id}>
            <button type="button" className="ghost" aria-pressed={chosen === one.id} onClick={() => onChoose(one.id)}>
              <span title={names.agency(one.id)}>{names.agency(one.id)}</span>
              <b>{one.open}</b>
              <LevelBar load={one} max={max} />
              <small className={one.overdue ? 'late' : ''}>{one.overdue ? `${t('overdue')} ${one.overdue}` : ''}</small>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The rows of a queue with its keys: j, k, Enter, a. */
export function TaskList({ query, agency, empty }: { query: ReturnType<typeof useTasks>; agency: boolean; empty: string }) {
  const t = useWords(dispatchWords);
  const s = useWords(taskWords);
  const navigate = useNavigate();
  const now = useNow();
  // The chosen row is a task, not a place: lists move when others act.
  const [chosen, setChosen] = useState<{ id: string; at: number } | null>(null);
  const [ack, setAck] = useState<Task | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const quick = useStep();
  const tasks = query.data?.pages.flatMap((page) => page.tasks) ?? [];
  const found = tasks.findIndex((task) => task.id === chosen?.id);
  const at = found >= 0 ? found : -1;
  const here = tasks[at];
  const move = (by: number) => {
    // Of a task that is gone, its neighbours come next.
    const next = Math.max(0, Math.min(tasks.length - 1, at >= 0 ? at + by : chosen ? chosen.at : 0));
    if (tasks[next]) setChosen({ id: tasks[next].id, at: next });
  };
  useEffect(() => {
    const row = body.current?.rows[at];
    row?.scrollIntoView({ block: 'nearest' });
    row?.querySelector<HTMLElement>('a')?.focus({ preventScroll: true });
  }, [chosen?.id]);
  useKeys([
    { key: 'j', label: t('k_down'), run: () => move(1) },
    { key: 'k', label: t('k_up'), run: () => move(-1) },
    { key: 'o', label: t('k_open'), run: () => here && void navigate({ to: '/tasks/$id', params: { id: here.id.replaceAll('/', '~') } }) },
    { key: 'a', label: t('k_ack'), run: () => here?.allowed.includes('ack') && setAck(here) },
  ]);
  if (!query.data) return <Waiting query={query} />;
  if (tasks.length === 0) return <Empty title={t('noTasks')}>{empty}</Empty>;
  return (
    <>
      <div className="tablewrap">
        <table className="table queue">
          <caption className="sr">{t('list')}, {t('byDue')}</caption>
          <thead>
            <tr><th scope="col"><span className="sr">{t('level')}</span></th><th scope="col">{t('task')}</th><th scope="col">{t('due')}</th><th scope="col">{t('state')}</th><th scope="col">{t('part')}</th><th scope="col">{t('lease')}</th><th><span className="sr">{t('quick')}</span></th></tr>
          </thead>
          <tbody ref={body}>
            {tasks.map((task, index) => <TaskRow key={task.id} task={task} now={now} at={index === at} agency={agency} onAck={() => setAck(task)} />)}
          </tbody>
        </table>
      </div>
      <div className="row">
        <small>{t('shown', { n: tasks.length })}</small>
        {query.hasNextPage && <button type="button" className="small" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
      </div>
      {ack && <StepDialog task={ack} verb="ack" onClose={() => setAck(null)} />}
      {quick.stale && (
        <Dialog title={s('staleTitle')} onClose={() => quick.setStale(null)} wide>
          <Stale state={quick.stale} busy={quick.busy} onClose={() => quick.setStale(null)} onAgain={() => void quick.send(quick.stale!.now, quick.stale!.verb, {})} />
        </Dialog>
      )}
    </>
  );
}

export default function Queues() {
  const t = useWords(dispatchWords);
  const name = useNames();
  const names = useModelNames();
  const { stamp } = useFormat();
  const { me, has } = useSession();
  const [search, setSearch] = useParams();
  const load = useLoad();
  const agency = search.agency === 'all' ? undefined : (search.agency ?? me?.agency ?? undefined);
  const tab = TABS.find(([id]) => id === (search.tab ?? 'unassigned')) ?? TABS[1]!;
  const level = search.level;
  const tasks = useTasks({ ...tab[2], agency, level });
  const { pull, error } = usePull(agency);
  const works = has('investigator', 'dispatcher');
  const take = (n: number) => void pull(n).then((got) => got && setSearch({ tab: 'mine' }));
  useKeys([
    ...TABS.map(([id, word], index) => ({ key: String(index + 1), label: t(word), run: () => setSearch({ tab: id }) })),
    ...(works ? [{ key: 'p', label: t('k_pull'), run: () => take(1) }] : []),
  ]);
  const shown = load.data && (agency ? load.data.agencies.filter((one) => one.id === agency) : load.data.agencies);
  return (
    <Page wide title={agency ? names.agency(agency) : t('title')}
      side={<>
        {load.data && <small>{load.data.by_events ? t('eventClock', { time: stamp(load.data.clock) }) : t('wallClock')}</small>}
        {works && <button type="button" onClick={() => take(5)}>{t('pullOne', { n: 5 })}</button>}
        {works && <button type="button" className="primary" onClick={() => take(1)} title={`${t('k_pull')} (p)`}>{t('pullFirst')}</button>}
      </>}>
      {shown && <Tiles load={sum(shown)} />}
      {error !== null && <ProblemBox error={error} />}
      <div className="queues">
        <Agencies chosen={agency} onChoose={(id) => setSearch({ agency: id ?? 'all' })} />
        <section className="panel">
          <div className="tabs queuetabs">
            <div role="tablist" aria-label={t('title')}>
              {TABS.map(([id, word]) => (
                <button key={id} type="button" role="tab" aria-selected={tab[0] === id} onClick={() => setSearch({ tab: id })}>{t(word)}</button>
              ))}
            </div>
            <span className="grow" />
            <select aria-label={t('level')} value={level ?? ''} onChange={(event) => setSearch({ level: event.target.value || undefined })}>
              <option value="">{t('anyLevel')}</option>
              {LEVELS.map((one) => <option key={one} value={one}>{name('level', one)}</option>)}
            </select>
          </div>
          <TaskList key={`${tab[0]} ${agency} ${level}`} query={tasks} agency={!agency} empty={tab[0] === 'mine' ? t('noTasksMine') : t('noTasksHere')} />
        </section>
      </div>
    </Page>
  );
}
