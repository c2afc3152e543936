// What is known of an enterprise, why does its index stand where it stands, and how did it look on a day in the past?
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams as usePath } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, data, type Enterprise, type Schemas } from '~/api/client';
import { useEnterprise } from '~/api/queries';
import { useSession } from '~/api/session';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useModelNames, useNames } from '~/i18n/domain';
import { day as dayOf } from '~/i18n/time';
import { Chip, Copy, Grade, Icon, Page, Panel, State, useContributionBars, Waiting, Waterfall } from '~/ui';
import { useNow } from '~/ui/now';
import { useTitle } from '~/ui/title';
import { Facts, People } from './facts';
import { History, type Row } from './history';
import { usePast, type Past } from './then';
import { Flows, Months, Pairs, Relations, Tasks, Timeline, Warnings } from './parts';
import { firmWords } from './words';
import './enterprises.css';

/** What happened, up to 600 events, newest first. */
function useTimeline(uscc: string) {
  const query = useInfiniteQuery({
    queryKey: ['indices', 'timeline', uscc],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/enterprises/{uscc}/timeline', { params: { path: { uscc }, query: { limit: 200, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page, pages) => (pages.length < 3 ? (page.next_cursor ?? undefined) : undefined),
  });
  const rows = useMemo(() => (query.data?.pages.flatMap((page) => page.rows) ?? []).toSorted((a, b) => (a.at < b.at ? 1 : -1)), [query.data]);
  if (query.hasNextPage && !query.isFetchingNextPage && !query.error) void query.fetchNextPage();
  return rows;
}

function Contributions({ index }: { index: Schemas['Index'] }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const name = useNames();
  const names = useModelNames();
  const bars = useContributionBars();
  const lines = index.contributions ?? [];
  const sums = new Map<string, number>();
  for (const line of lines) {
    const category = names.category(line.indicator);
    sums.set(category, (sums.get(category) ?? 0) + line.points);
  }
  if (!index.contributions) return <Panel title={t('contributions')}><p className="muted">{t('noReasons')}</p></Panel>;
  return (
    <Panel title={t('contributions')}>
      {lines.length === 0 ? <p className="muted">{t('noLines')}</p> : (
        <>
          <p className="categories" aria-label={t('byCategory')}>
            {[...sums].toSorted((a, b) => b[1] - a[1]).map(([category, points]) => <Chip key={category}>{name('category', category)} {points}</Chip>)}
          </p>
          <Waterfall title={`${t('index')} ${index.score}`} unit={c('points')} total={index.score} bars={bars(lines)} />
        </>
      )}
      {index.vetoes && index.vetoes.length > 0 && <><h3>{t('vetoes')}</h3><p className="chips">{index.vetoes.map((veto) => <Chip key={veto.indicator} tone="bad">{veto.indicator} {names.indicator(veto.indicator)}</Chip>)}</p></>}
      {lines.length > 0 && (
        <details className="without">
          <summary>{t('without')}</summary>
          <p className="muted">{t('withoutHint')}</p>
          <ul>{lines.filter((line) => line.points > 0).toSorted((a, b) => b.points - a.points).slice(0, 5).map((line) => <li key={line.indicator}><span>{names.indicator(line.indicator)}</span><span>{t('withoutLine')} <b>{index.score - line.points}</b></span></li>)}</ul>
        </details>
      )}
    </Panel>
  );
}

/** What the index was made of at the end of the day that is looked at. */
function PastContributions({ past }: { past: Past }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const bars = useContributionBars();
  return (
    <Panel title={t('madeOn', { day: past.day })}>
      {!past.contributions ? <p className="muted">{past.known_from ? t('outOfReach', { day: past.known_from }) : t('noReasons')}</p>
        : past.contributions.length === 0 ? <p className="muted">{t('noLines')}</p>
        : <Waterfall title={`${t('index')} ${past.score ?? 0}`} unit={c('points')} total={past.score ?? 0} bars={bars(past.contributions.map((line) => ({ ...line, events: [] })))} />}
    </Panel>
  );
}

function Head({ firm, shown, asOf }: { firm: Enterprise; shown: Schemas['ScoreDay'] | undefined; asOf: string | undefined }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const { has } = useSession();
  const name = useNames();
  const { town } = useModelNames();
  const [, set] = useParams();
  const now = useNow();
  const score = asOf ? shown?.score : firm.index?.score;
  const grade = asOf ? shown?.grade : firm.index?.grade;
  return (
    <header className="firmhead">
      <div className={`score g${grade ?? ''}`}><b>{score ?? '—'}</b><span>{t('index')} {grade && <Grade grade={grade} />}</span></div>
      <div className="who">
        <h1>{firm.name || firm.uscc}</h1>
        <p className="row"><code>{firm.uscc}</code><Copy text={firm.uscc} /><State state={firm.status} /><span className="muted">{t('division')} {town(firm.division)?.name} {firm.division}</span>{firm.industry && <span className="muted">{t('industry')} {firm.industry} {name('industry', firm.industry.slice(0, 1))}</span>}{firm.established_on && <span className="muted">{t('established')} {firm.established_on}</span>}</p>
      </div>
      <div className="row side noprint">
        <label className="row">{t('asOf')} <input type="date" value={asOf ?? ''} max={dayOf(new Date(now))} onChange={(event) => set({ asof: event.target.value || undefined })} /></label>
        {asOf && <button type="button" className="small" onClick={() => set({ asof: undefined })}>{t('now')}</button>}
        {has('investigator', 'dispatcher', 'analyst', 'auditor') && <Link className="button" to="/graph/$uscc" params={{ uscc: firm.uscc }}><Icon name="graph" /> {t('graph')}</Link>}
        {has('investigator', 'dispatcher', 'analyst') && <Link className="button" to="/funds/$uscc" params={{ uscc: firm.uscc }}><Icon name="funds" /> {t('money')}</Link>}
        <button type="button" aria-label={c('print')} title={c('print')} onClick={() => window.print()}><Icon name="print" /></button>
      </div>
    </header>
  );
}

const TABS = ['facts', 'relations', 'flows', 'pairs', 'warnings', 'tasks', 'events'] as const;

function Profile({ firm }: { firm: Enterprise }) {
  const t = useWords(firmWords);
  useTitle(firm.name);
  const { has } = useSession();
  const [search, set] = useParams();
  const now = useNow();
  const { uscc } = firm;
  const rows: Row[] = useTimeline(uscc);
  const index = useQuery({ queryKey: ['indices', 'index', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/index', { params: { path: { uscc } } })) });
  const asOf = search.asof;
  const past = usePast(uscc, asOf);
  const until = asOf ?? dayOf(new Date(now));
  const history = (index.data?.history ?? []).filter((score) => !asOf || score.day <= asOf);
  const then = asOf ? rows.filter((row) => dayOf(row.at) <= asOf) : rows;
  const reads = has('investigator', 'dispatcher', 'analyst', 'auditor');
  const tabs = TABS.filter((tab) => (reads || !['relations', 'flows', 'pairs', 'tasks'].includes(tab)) && (tab !== 'flows' || has('investigator', 'dispatcher', 'analyst')));
  const tab = tabs.find((one) => one === search.tab) ?? 'facts';
  const counts: Partial<Record<(typeof TABS)[number], number>> = { pairs: firm.pairs?.length, warnings: firm.warnings.length, events: then.length };
  return (
    <Page wide>
      <Head firm={firm} shown={history.at(-1)} asOf={asOf} />
      {asOf && <p className="asof" role="status">{t('asOfNote', { day: asOf })}</p>}
      <div className="firmtop">
        {index.data ? <History uscc={uscc} history={history} lines={index.data.now?.contributions} rows={then} until={until} chosen={search.day} onChoose={(day) => set({ day })} onAsOf={(day) => set({ asof: day, day: undefined })} /> : <Panel title={t('history')}><Waiting query={index} /></Panel>}
        {asOf ? (past.data === undefined ? <Panel title={t('madeOn', { day: asOf })}><Waiting query={past} /></Panel> : past.data && <PastContributions past={past.data} />) : firm.index && <Contributions index={firm.index} />}
      </div>
      <div className="tabs" role="tablist" aria-label={firm.name}>
        {tabs.map((one) => <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => set({ tab: one })}>{t(one)} {counts[one] !== undefined && <span className="count">{counts[one]}</span>}</button>)}
      </div>
      <div role="tabpanel" aria-label={t(tab)} className="stack">
        {tab === 'facts' && <><div className="firmfacts"><Facts firm={firm} rows={rows} asOf={asOf} /><People firm={firm} asOf={asOf} /></div><Months firm={firm} /></>}
        {tab === 'relations' && <Relations uscc={uscc} />}
        {tab === 'flows' && <Flows uscc={uscc} />}
        {tab === 'pairs' && <Pairs firm={firm} />}
        {tab === 'warnings' && <Warnings firm={firm} />}
        {tab === 'tasks' && <Tasks firm={firm} />}
        {tab === 'events' && <Timeline rows={then} />}
      </div>
    </Page>
  );
}

export default function ProfilePage() {
  const { uscc } = usePath({ from: '/enterprises/$uscc' });
  const query = useEnterprise(uscc);
  return query.data ? <Profile key={uscc} firm={query.data} /> : <Page title={uscc}><Waiting query={query} /></Page>;
}
