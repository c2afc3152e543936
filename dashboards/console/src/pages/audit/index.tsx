// Who did or saw what, and was the record changed since? The signed chain, its check, and a way to find a line.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data } from '~/api/client';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Chip, Copy, DataTable, Empty, Page, Panel, ProblemBox, Waiting, When } from '~/ui';
import { auditWords, type AuditWord } from './words';
import './audit.css';

interface Line { seq: number; at: number | string; who: string; what: string; on: string; detail: Record<string, unknown>; prev: string; hash: string; sig: string }
const KINDS = ['act', 'reveal', 'login', 'account', 'key'] as const;
const PAGE = 200;

/** The moment of a line: the chain keeps milliseconds. */
const moment = (at: number | string) => new Date(at).toISOString();

function Target({ line }: { line: Line }) {
  const { on } = line;
  if (line.what === 'act' && on.includes('..')) return <Link to="/pairs/$id" params={{ id: on }}><code>{on}</code></Link>;
  if (line.what === 'act') return <Link to="/tasks/$id" params={{ id: on.replaceAll('/', '~') }}><code>{on}</code></Link>;
  if (line.what === 'reveal') return <Link to="/enterprises/$uscc" params={{ uscc: on }}><code>{on}</code></Link>;
  return <code>{on}</code>;
}

function Detail({ detail }: { detail: Record<string, unknown> }) {
  const name = useNames();
  const entries = Object.entries(detail ?? {}).filter(([key, value]) => key !== 'act' && value !== null && value !== '');
  return (
    <span className="chips">
      {entries.map(([key, value]) => (
        <Chip key={key} tone={key === 'purpose' ? 'warn' : undefined} title={key}>
          {key === 'verb' ? name('verb', String(value)) : key === 'verdict' ? name('verdict', String(value)) : typeof value === 'object' ? JSON.stringify(value) : `${key}: ${String(value)}`}
        </Chip>
      ))}
    </span>
  );
}

function Chain() {
  const t = useWords(auditWords);
  const { number, stamp } = useFormat();
  const check = useQuery({ queryKey: ['audit', 'check'], queryFn: () => data(api.GET('/api/v1/audit/check')), staleTime: 0 });
  if (check.error) return <ProblemBox error={check.error} onRetry={() => void check.refetch()} />;
  if (!check.data) return <div className="chain-state"><span>{t('checking')}</span></div>;
  const { whole, lines, head, fault_line: line, fault } = check.data;
  return (
    <div className={`chain-state ${whole ? 'good' : 'bad'}`} role={whole ? 'status' : 'alert'}>
      <strong>{whole ? `✓ ${t('whole')}` : `✕ ${t('broken', { line: line ?? '?' })}`}</strong>
      <span>{t('lines', { n: number(lines) })} · {t('verified', { time: stamp(new Date(check.dataUpdatedAt)) })}</span>
      {fault && <span className="formerror">{fault}</span>}
      <span className="grow" />
      <span title={t('headHint')}>{t('head')} <code>{head.slice(0, 16)}…</code></span>
      <Copy text={head} />
      <button type="button" className="small" disabled={check.isFetching} onClick={() => void check.refetch()}>{check.isFetching ? t('checking') : t('check')}</button>
    </div>
  );
}

export default function Audit() {
  const t = useWords(auditWords);
  const [search, setSearch] = useParams();
  const query = useInfiniteQuery({
    queryKey: ['audit', 'lines'],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/audit', { params: { query: { before: pageParam, limit: PAGE } } })) as unknown as Promise<{ lines: Line[] }>,
    getNextPageParam: (page) => (page.lines.length === PAGE && page.lines.at(-1)!.seq > 1 ? page.lines.at(-1)!.seq : undefined),
    staleTime: 0,
  });
  const all = query.data?.pages.flatMap((page) => page.lines) ?? [];
  const shown = all.filter((line) => (!search.what || line.what === search.what) && (!search.who || line.who.includes(search.who)) && (!search.on || line.on.includes(search.on)));
  const save = () => {
    const url = URL.createObjectURL(new Blob([all.toReversed().map((line) => JSON.stringify(line)).join('\n') + '\n'], { type: 'application/x-ndjson' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `audit-${all.at(-1)?.seq ?? 0}-${all[0]?.seq ?? 0}.ndjson`;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <Page wide title={t('title')} side={all.length > 0 && <button type="button" onClick={save}>{t('export')}</button>}>
      <Chain />
      <Panel>
        <div className="row auditfilters">
          <select aria-label={t('what')} value={search.what ?? ''} onChange={(event) => setSearch({ what: event.target.value || undefined })}>
            <option value="">{t('all')}</option>
            {KINDS.map((kind) => <option key={kind} value={kind}>{t(kind)}</option>)}
          </select>
          <input type="search" aria-label={t('filterWho')} placeholder={t('filterWho')} value={search.who ?? ''} onChange={(event) => setSearch({ who: event.target.value || undefined })} />
          <input type="search" className="grow" aria-label={t('filterOn')} placeholder={t('filterOn')} value={search.on ?? ''} onChange={(event) => setSearch({ on: event.target.value || undefined })} />
          {(search.what || search.who || search.on) && <button type="button" className="ghost small" onClick={() => setSearch({ what: undefined, who: undefined, on: undefined })}>{t('clear')}</button>}
        </div>
        {!query.data ? <Waiting query={query} /> : all.length === 0 ? <Empty title={t('empty')}>{t('emptyHint')}</Empty> : (
          <>
            <DataTable caption={t('title')} rows={shown} rowKey={(line) => String(line.seq)} empty={<Empty title={t('none')} />} columns={[
              { key: 'seq', head: t('seq'), align: 'right', width: 70, cell: (line) => line.seq },
              { key: 'at', head: t('at'), width: 140, cell: (line) => <When at={moment(line.at)} /> },
              { key: 'who', head: t('who'), width: 90, cell: (line) => <code>{line.who}</code> },
              { key: 'what', head: t('what'), width: 90, cell: (line) => (line.what in auditWords.zh ? t(line.what as AuditWord) : line.what) },
              { key: 'on', head: t('on'), cell: (line) => <Target line={line} /> },
              { key: 'detail', head: t('detail'), cell: (line) => <Detail detail={line.detail} /> },
              { key: 'hash', head: t('hash'), width: 110, cell: (line) => <code className="muted" title={line.hash}>{line.hash.slice(0, 10)}</code> },
            ]} />
            <div className="row"><small>{t('shown', { n: all.length, m: shown.length })}</small>{query.hasNextPage && <button type="button" className="small" onClick={() => void query.fetchNextPage()}>{t('more')}</button>}</div>
          </>
        )}
      </Panel>
    </Page>
  );
}
