// What needs attention, and whose turn is it? The board: parts, filters, saved views, keys, live arrival.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, data, type Problem, type Warning } from '~/api/client';
import { useModel } from '~/api/queries';
import { useSession } from '~/api/session';
import { useTold } from '~/api/stream';
import { useParams, type Search } from '~/app/router';
import { useLang, useWords } from '~/i18n';
import { TABLES, useNames } from '~/i18n/domain';
import { Empty, Level, Waiting } from '~/ui';
import { useKeys } from '~/ui/keys';
import { useNow } from '~/ui/now';
import { useTitle } from '~/ui/title';
import { useUndoable } from '~/ui/toast';
import { ActDialog } from './act';
import { opposite, takeBack } from '~/api/undo';
import { carryOut, plan, refreshRow, type BoardVerb, type Plan } from './acts';
import { AlertList } from './list';
import { pairOf, Preview } from './preview';
import { Views } from './views';
import { alertWords } from './words';
import './alerts.css';

const DemoCity = lazy(() => import('~/pages/welcome/demo'));
const TABS = ['mine', 'unassigned', 'overdue', 'all'] as const;
type Tab = (typeof TABS)[number];
const LEVELS = ['red', 'orange', 'yellow', 'blue'];

function filterOf(search: Search, tab: Tab) {
  return {
    level: search.level, kind: search.kind, division: search.division, agency: search.agency,
    state: search.state === 'any' ? undefined : 'open', sort: search.sort, duty: tab === 'all' ? undefined : tab,
  };
}

function useBoard(search: Search, tab: Tab) {
  const filter = filterOf(search, tab);
  const list = useInfiniteQuery({
    queryKey: ['warnings', 'held', filter],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/warnings', { params: { query: { ...filter, limit: 200, cursor: pageParam, count: pageParam ? undefined : true } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.warnings) ?? [], [list.data]);
  return { list, rows, total: list.data?.pages[0]?.total ?? undefined };
}

function Counts({ search, tab }: { search: Search; tab: Tab }) {
  const filter = filterOf(search, tab);
  const { data: count } = useQuery({
    queryKey: ['warnings', 'count', filter],
    queryFn: () => data(api.GET('/api/v1/warnings', { params: { query: { ...filter, limit: 1, count: true } } })).then((page) => page.total ?? 0),
    placeholderData: keepPreviousData,
  });
  return <span className="count">{count ?? '…'}</span>;
}

/** Ids that changed since the list was read; told at most twice a second. */
function useNews() {
  const ids = useRef(new Set<string>());
  const [count, setCount] = useState(0);
  useTold('warning', (id) => void ids.current.add(id));
  useEffect(() => {
    const timer = window.setInterval(() => setCount(ids.current.size), 500);
    return () => window.clearInterval(timer);
  }, []);
  const clear = useCallback(() => {
    ids.current.clear();
    setCount(0);
  }, []);
  return { count, clear };
}

function Filters({ search, set }: { search: Search; set: (change: Search) => void }) {
  const t = useWords(alertWords);
  const name = useNames();
  const { lang } = useLang();
  const { data: model } = useModel();
  const levels = new Set(search.level?.split(',').filter(Boolean));
  const toggle = (level: string) => {
    if (!levels.delete(level)) levels.add(level);
    set({ level: LEVELS.filter((one) => levels.has(one)).join(',') || undefined });
  };
  return (
    <div className="filters" role="group" aria-label={t('kind')}>
      {LEVELS.map((level) => (
        <button key={level} type="button" className="small ghost" aria-pressed={levels.has(level)} onClick={() => toggle(level)}><Level level={level} /></button>
      ))}
      <select aria-label={t('kind')} value={search.kind ?? ''} onChange={(event) => set({ kind: event.target.value || undefined })}>
        <option value="">{t('anyKind')}</option>
        {Object.keys(TABLES.kind).map((kind) => <option key={kind} value={kind}>{name('kind', kind)}</option>)}
      </select>
      <select aria-label={t('agency')} value={search.agency ?? ''} onChange={(event) => set({ agency: event.target.value || undefined })}>
        <option value="">{t('anyAgency')}</option>
        {model?.agencies.map((agency) => <option key={agency.id} value={agency.id}>{agency[lang]}</option>)}
      </select>
      <input aria-label={t('division')} placeholder={t('division')} className="division" inputMode="numeric" defaultValue={search.division ?? ''} key={search.division ?? ''}
        onKeyDown={(event) => event.key === 'Enter' && set({ division: event.currentTarget.value.replace(/\D/g, '') || undefined })} onBlur={(event) => set({ division: event.target.value.replace(/\D/g, '') || undefined })} />
      <select aria-label={t('order')} value={search.sort ?? ''} onChange={(event) => set({ sort: event.target.value || undefined })}>
        <option value="">{t('byLevel')}</option><option value="updated">{t('byUpdate')}</option>
      </select>
      <label className="row"><input type="checkbox" checked={search.state === 'any'} onChange={(event) => set({ state: event.target.checked ? 'any' : undefined })} /> {t('withdrawn')}</label>
    </div>
  );
}

function Nothing({ tab, filtered }: { tab: Tab; filtered: boolean }) {
  const t = useWords(alertWords);
  if (tab === 'mine') return <Empty title={t('emptyMine')}>{t('emptyMineDo')}</Empty>;
  if (tab === 'unassigned') return <Empty title={t('emptyUnassigned')}>{t('emptyDo')}</Empty>;
  if (tab === 'overdue') return <Empty title={t('emptyOverdue')}>{t('emptyDo')}</Empty>;
  return filtered ? <Empty title={t('empty')}>{t('emptyDo')}</Empty> : <Empty title={t('emptyAll')}>{t('emptyAllDo')}<Suspense><DemoCity /></Suspense></Empty>;
}

export default function Alerts() {
  const t = useWords(alertWords);
  useTitle(t('title'));
  const name = useNames();
  const undoable = useUndoable();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { me, has } = useSession();
  const now = useNow();
  const [search, set] = useParams();
  const reads = has('investigator', 'dispatcher', 'analyst', 'auditor');
  const tab: Tab = TABS.find((one) => one === search.tab) ?? 'all';
  const { list, rows, total } = useBoard(search, tab);
  const news = useNews();
  const found = rows.findIndex((row) => row.id === search.at);
  const at = found >= 0 ? found : 0;
  const row = rows[at];
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const last = useRef(0);
  const [asked, setAsked] = useState<{ plan: Plan; failed?: Problem[] } | null>(null);

  const go = (index: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (next) set({ at: next.id });
  };
  const select = (id: string, range: boolean) => {
    const index = rows.findIndex((one) => one.id === id);
    setSelected((was) => {
      const now = new Set(was);
      if (range) for (let i = Math.min(last.current, index); i <= Math.max(last.current, index); i += 1) now.add(rows[i]!.id);
      else if (!now.delete(id)) now.add(id);
      return now;
    });
    last.current = index;
  };
  const targets = (): Warning[] => (selected.size ? rows.filter((one) => selected.has(one.id)) : row ? [row] : []);
  const act = (verb: BoardVerb) => {
    const made = plan(verb, targets(), me);
    // One task that needs no words is acknowledged at once.
    if (verb === 'ack' && selected.size === 0 && made.ready.length === 1) {
      void carryOut(made, { lease_minutes: 60 }, () => {}).then(({ failed, after: [after] }) => {
        if (!after) return setAsked({ plan: { ...made, ready: [] }, failed });
        const steps = opposite(made.ready[0]!, 'ack', has);
        undoable(t('done', { n: 1, verb: name('verb', 'ack') }), steps && (() => takeBack(after, steps).finally(() => void refreshRow(after.warning).catch(() => {}))));
      });
    } else setAsked({ plan: made });
  };
  const open = (warning: Warning | undefined) => {
    if (!warning) return;
    const pair = pairOf(warning);
    if (pair) void navigate({ to: '/pairs/$id', params: { id: pair } });
    else if (warning.subject) void navigate({ to: '/enterprises/$uscc', params: { uscc: warning.subject } });
  };
  const nextFree = () => {
    const free = (one: Warning) => (one.tasks ?? []).some((task) => task.state === 'dispatched' || task.state === 'transferred' || task.state === 'escalated');
    const index = rows.findIndex((one, i) => i > at && free(one));
    go(index >= 0 ? index : rows.findIndex(free));
  };
  const refresh = () => {
    news.clear();
    void client.resetQueries({ queryKey: ['warnings', 'held', filterOf(search, tab)] });
  };
  // An empty list has no row that could move: what comes first is read at once.
  const empty = list.data !== undefined && rows.length === 0;
  const { clear } = news;
  useEffect(() => {
    if (!empty || news.count === 0) return;
    clear();
    void client.invalidateQueries({ queryKey: ['warnings'] });
  }, [empty, news.count, clear, client]);
  useKeys([
    { key: 'j', label: t('kNext'), run: () => go(at + 1) },
    { key: 'k', label: t('kPrev'), run: () => go(at - 1) },
    { key: 'ArrowDown', label: t('kNext'), run: () => go(at + 1) },
    { key: 'ArrowUp', label: t('kPrev'), run: () => go(at - 1) },
    { key: 'Enter', label: t('kPreview'), run: () => open(row) },
    { key: 'x', label: t('kSelect'), run: () => row && select(row.id, false) },
    { key: 'X', label: t('kSelect'), run: () => row && select(row.id, true) },
    { key: 'n', label: t('kNextFree'), run: nextFree },
    { key: 'a', label: t('kAck'), run: () => act('ack') },
    { key: 'e', label: t('kEscalate'), run: () => act('escalate') },
    { key: 's', label: t('kSnooze'), run: () => act('wait') },
    { key: 'c', label: t('kClose'), run: () => act('report') },
    { key: 'o', label: t('kOpen'), run: () => row?.subject && void navigate({ to: '/enterprises/$uscc', params: { uscc: row.subject } }) },
  ]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const filtered = !!(search.level || search.kind || search.agency || search.division);
  return (
    <div className="board">
      <header className="boardhead">
        <h1>{t('title')}</h1>
        <div className="tabs" role="tablist" aria-label={t('title')}>
          {TABS.filter((one) => reads || one === 'all').map((one) => (
            <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => set({ tab: one === 'all' ? undefined : one, at: undefined })}>{t(one)} <Counts search={search} tab={one} /></button>
          ))}
        </div>
        <span className="grow" />
        {news.count > 0 && <button type="button" className="pill" title={t('newRowsHint')} onClick={refresh}>↻ {t('newRows', { n: news.count })}</button>}
        <Views search={search} set={set} />
      </header>
      <Filters search={search} set={(change) => set({ ...change, at: undefined })} />
      {selected.size > 0 && (
        <div className="bulk" role="toolbar" aria-label={t('bulk')}>
          <b>{t('selected', { n: selected.size })}</b>
          {(['ack', 'escalate', 'wait', 'report', 'dispatch'] as const).map((verb) => <button key={verb} type="button" className="small" onClick={() => act(verb)}>{name('verb', verb)}</button>)}
          <button type="button" className="small ghost" onClick={() => setSelected(new Set())}>{t('clear')}</button>
        </div>
      )}
      {list.data === undefined ? <Waiting query={list} /> : rows.length === 0 ? <Nothing tab={tab} filtered={filtered} /> : (
        <div className="split">
          <div className="left">
            <AlertList rows={rows} total={total} at={at} selected={selected} now={now} onAt={go} onSelect={select} onOpen={open} onEnd={more} />
            <p className="foot muted">{t('showing', { n: rows.length, total: total ?? rows.length })}</p>
          </div>
          {row && <Preview key={row.id} row={row} onAct={act} />}
        </div>
      )}
      {asked && <ActDialog {...asked} onClose={() => setAsked(null)} />}
    </div>
  );
}
