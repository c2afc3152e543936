// Who may have become whom? All suspicions, surest first, and the way to judge them one by one.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, data } from '~/api/client';
import { useSession } from '~/api/session';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Empty, Field, Level, Page, Panel, Waiting, When } from '~/ui';
import { nextOf, useQueue } from './queue';
import { pairWords } from './words';
import './pairs.css';

export default function Pairs() {
  const t = useWords(pairWords);
  const c = useWords(common);
  const name = useNames();
  const format = useFormat();
  const navigate = useNavigate();
  const { has } = useSession();
  const [search, set] = useParams();
  const filter = { level: search.level, judged: search.judged === undefined ? undefined : search.judged === 'true', confidence_min: search.min ? Number(search.min) / 100 : undefined };
  const query = useInfiniteQuery({
    queryKey: ['pairs', 'list', filter],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/pairs', { params: { query: { ...filter, limit: 100, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: (was) => was,
  });
  const queue = useQueue(true);
  const rows = query.data?.pages.flatMap((page) => page.pairs) ?? [];
  const start = (random: boolean) => {
    const next = random ? nextOf(queue.data, '', true) : queue.data?.[0];
    if (next) void navigate({ to: '/pairs/$id', params: { id: next.id }, search: random ? { sample: '1' } : {} });
  };
  const many = queue.data?.length ?? 0;
  return (
    <Page title={t('title')} side={has('investigator', 'analyst') && (
      <>
        <span className="muted">{many ? t('left', { n: many }) : t('allDone')}</span>
        <button type="button" className="primary" disabled={!many} onClick={() => start(false)}>{t('next')}</button>
        <button type="button" disabled={!many} title={t('sampleHint')} onClick={() => start(true)}>{t('sample')}</button>
      </>
    )}>
      <Panel>
        <div className="row firmfilters">
          <Field label={t('level')}>
            <select value={search.level ?? ''} onChange={(event) => set({ level: event.target.value || undefined })}>
              <option value="">{c('all')}</option>{['red', 'orange', 'yellow', 'blue'].map((level) => <option key={level} value={level}>{name('level', level)}</option>)}
            </select>
          </Field>
          <Field label={t('judged')}>
            <select value={search.judged ?? ''} onChange={(event) => set({ judged: event.target.value || undefined })}>
              <option value="">{t('any')}</option><option value="false">{t('open')}</option><option value="true">{t('done')}</option>
            </select>
          </Field>
          <Field label={t('min')}>
            <select value={search.min ?? ''} onChange={(event) => set({ min: event.target.value || undefined })}>
              <option value="">5 %</option>{[25, 50, 75, 90].map((share) => <option key={share} value={share}>{share} %</option>)}
            </select>
          </Field>
        </div>
      </Panel>
      {query.data === undefined ? <Waiting query={query} /> : rows.length === 0 ? <Empty title={t('none')}>{t('noneDo')}</Empty> : (
        <Panel>
          <DataTable caption={t('list')} rows={rows} rowKey={(pair) => pair.id} columns={[
            { key: 'level', head: t('level'), cell: (pair) => <Level level={pair.level} /> },
            { key: 'pair', head: `${t('old')} → ${t('now')}`, cell: (pair) => <Link to="/pairs/$id" params={{ id: pair.id }}>{pair.predecessor_name} → {pair.successor_name}</Link> },
            { key: 'confidence', head: t('confidence'), align: 'right', cell: (pair) => <span title={t('conf2')}>{format.percent(pair.confidence)}</span> },
            { key: 'families', head: t('families'), cell: (pair) => <span className="chips">{pair.families.map((family) => <Chip key={family}>{name('family', family)}</Chip>)}</span> },
            { key: 'seen', head: t('seen'), cell: (pair) => <When at={pair.first_seen_at} date /> },
            { key: 'verdict', head: t('verdict'), cell: (pair) => (pair.verdict ? <Chip tone={pair.verdict === 'same' ? 'bad' : pair.verdict === 'different' ? 'good' : undefined}>{name('verdict', pair.verdict)}</Chip> : <span className="muted">—</span>) },
          ]} />
          {query.hasNextPage && <p className="row more"><button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('more')}</button></p>}
        </Panel>
      )}
    </Page>
  );
}
