// Which enterprises are there, and which of them first? Highest index first.
import { useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { api, data } from '~/api/client';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useModelNames } from '~/i18n/domain';
import { DataTable, Empty, Field, Firm, Grade, Page, Panel, Waiting } from '~/ui';
import { firmWords } from './words';
import './enterprises.css';

const DemoCity = lazy(() => import('~/pages/welcome/demo'));

export default function Enterprises() {
  const t = useWords(firmWords);
  const c = useWords(common);
  const { town } = useModelNames();
  const [search, set] = useParams();
  const filter = { q: search.q, grade: search.grade, division: search.division, score_min: search.min ? Number(search.min) : undefined };
  const query = useInfiniteQuery({
    queryKey: ['indices', 'list', filter],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/enterprises', { params: { query: { ...filter, limit: 100, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: (was) => was,
  });
  const rows = query.data?.pages.flatMap((page) => page.enterprises) ?? [];
  const filtered = !!(search.q || search.grade || search.division || search.min);
  const bound = (key: string) => ({
    defaultValue: search[key] ?? '',
    onKeyDown: (event: React.KeyboardEvent<HTMLInputElement>) => event.key === 'Enter' && set({ [key]: event.currentTarget.value.trim() || undefined }),
    onBlur: (event: React.FocusEvent<HTMLInputElement>) => set({ [key]: event.target.value.trim() || undefined }),
  });
  return (
    <Page title={t('title')}>
      <Panel>
        <div className="row firmfilters">
          <Field label={c('search')}><input type="search" className="long" placeholder={t('search')} key={search.q} {...bound('q')} /></Field>
          <Field label={t('grade')}>
            <select value={search.grade ?? ''} onChange={(event) => set({ grade: event.target.value || undefined })}>
              <option value="">{c('all')}</option>{['A', 'B', 'C', 'D'].map((grade) => <option key={grade}>{grade}</option>)}
            </select>
          </Field>
          <Field label={t('division')}><input className="short" inputMode="numeric" key={search.division} {...bound('division')} /></Field>
          <Field label={t('min')}><input className="short" type="number" min={0} max={1000} key={search.min} {...bound('min')} /></Field>
        </div>
      </Panel>
      {query.data === undefined ? <Waiting query={query} /> : rows.length === 0 ? <Empty title={filtered ? t('none') : t('noneYet')}>{filtered ? t('noneDo') : t('noneYetDo')}{!filtered && <Suspense><DemoCity /></Suspense>}</Empty> : (
        <Panel>
          <DataTable caption={t('list')} rows={rows} rowKey={(row) => row.uscc} columns={[
            { key: 'name', head: c('name'), cell: (row) => <Firm uscc={row.uscc} name={row.name} code={false} /> },
            { key: 'code', head: c('code'), cell: (row) => <code>{row.uscc}</code> },
            { key: 'division', head: t('division'), cell: (row) => <>{town(row.division)?.name} <code className="uscc">{row.division}</code></> },
            { key: 'grade', head: t('grade'), cell: (row) => <Grade grade={row.index?.grade} /> },
            { key: 'score', head: t('index'), align: 'right', cell: (row) => <span className="scorebar"><b>{row.index?.score ?? '—'}</b><meter min={0} max={1000} value={row.index?.score ?? 0} aria-hidden="true" /></span> },
            { key: 'open', head: t('open'), align: 'right', cell: (row) => row.open_warnings || <span className="muted">0</span> },
          ]} />
          {query.hasNextPage && <p className="row more"><button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('more')}</button></p>}
        </Panel>
      )}
    </Page>
  );
}
