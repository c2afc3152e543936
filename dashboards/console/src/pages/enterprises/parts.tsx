// The tabs of a profile: relations, fund patterns, pairs, warnings, tasks, events, series by month.
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data, type Enterprise, type Task } from '~/api/client';
import { useText, useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useModelNames, useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Due, Empty, EvidenceList, Firm, Level, Panel, State, Waiting, When } from '~/ui';
import { useNow } from '~/ui/now';
import { Ruling } from '~/ui/ruling';
import { useWidth } from '~/ui/width';
import type { Row } from './history';
import { relationName } from './relations';
import { firmWords } from './words';
import { useLang } from '~/i18n';

export function Relations({ uscc }: { uscc: string }) {
  const t = useWords(firmWords);
  const format = useFormat();
  const { lang } = useLang();
  const query = useQuery({ queryKey: ['indices', 'relations', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/relations', { params: { path: { uscc } } })) });
  // Relations name codes; the neighbourhood knows the names.
  const around = useQuery({ queryKey: ['indices', 'graph', uscc, 1, 150], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/graph', { params: { path: { uscc }, query: { depth: 1, budget: 150 } } })) });
  const called = new Map(around.data?.nodes.map((node) => [node.uscc, node.name]));
  if (!query.data) return <Panel><Waiting query={query} /></Panel>;
  const { relations, hubs } = query.data;
  return (
    <Panel>
      <DataTable caption={t('relations')} rows={relations} rowKey={(row, index) => `${row.kind}${row.from}${row.to}${index}`} empty={<Empty title={t('noRelations')}>{t('noRelationsDo')}</Empty>} columns={[
        { key: 'kind', head: t('kind'), cell: (row) => <>{relationName(row.kind, lang)} {!row.current && <Chip>{t('former')}</Chip>}</> },
        { key: 'other', head: t('other'), cell: (row) => <>{row.from === uscc ? '→ ' : '← '}<Firm uscc={row.from === uscc ? row.to : row.from} name={called.get(row.from === uscc ? row.to : row.from)} /></> },
        { key: 'weight', head: t('strength'), align: 'right', cell: (row) => row.weight.toFixed(2), sort: (a, b) => a.weight - b.weight },
        { key: 'pct', head: t('pct'), align: 'right', cell: (row) => (row.pct == null ? '' : `${row.pct} %`) },
        { key: 'amount', head: t('amount'), align: 'right', cell: (row) => (row.amount_fen == null ? '' : format.yuan(row.amount_fen)), sort: (a, b) => (a.amount_fen ?? 0) - (b.amount_fen ?? 0) },
      ]} />
      {hubs.length > 0 && <><h3>{t('hubs')}</h3><p className="chips">{hubs.map((hub, index) => <Chip key={index}>{t('hub', { kind: relationName(hub.kind, lang), n: hub.members })}</Chip>)}</p></>}
    </Panel>
  );
}

export function Flows({ uscc }: { uscc: string }) {
  const t = useWords(firmWords);
  const name = useNames();
  const format = useFormat();
  const query = useQuery({ queryKey: ['indices', 'flows', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/flows', { params: { path: { uscc } } })) });
  if (!query.data) return <Panel><Waiting query={query} /></Panel>;
  const { flows } = query.data;
  if (flows.length === 0) return <Panel><Empty title={t('noFlows')}><Link to="/funds/$uscc" params={{ uscc }}>{t('money')}</Link></Empty></Panel>;
  return flows.map((flow) => (
    <Panel key={flow.id} title={name('kind', `flow_${flow.pattern}`)} side={<Link className="button small" to="/funds/$uscc" params={{ uscc }}>{t('money')}</Link>}>
      <p className="row"><b>{format.yuan(flow.total_fen)}</b> <span>{t('transfers')} {flow.transfers}</span> <span>{t('suspicion')} {flow.suspicion}</span> <span>{t('period')} <When at={flow.first_at} date /> – <When at={flow.last_at} date /></span></p>
      <EvidenceList lines={flow.evidence} against={flow.against} />
    </Panel>
  ));
}

export function Pairs({ firm }: { firm: Enterprise }) {
  const t = useWords(firmWords);
  const name = useNames();
  const format = useFormat();
  return (
    <Panel>
      <DataTable caption={t('pairs')} rows={firm.pairs ?? []} rowKey={(pair) => pair.id} empty={<Empty title={t('noPairs')}>{t('noPairsDo')}</Empty>} columns={[
        { key: 'level', head: '', cell: (pair) => <Level level={pair.level} /> },
        { key: 'role', head: t('kind'), cell: (pair) => (pair.predecessor === firm.uscc ? t('successor') : t('predecessor')) },
        { key: 'other', head: t('other'), cell: (pair) => <Link to="/pairs/$id" params={{ id: pair.id }}>{pair.predecessor === firm.uscc ? pair.successor_name : pair.predecessor_name}</Link> },
        { key: 'confidence', head: t('strength'), align: 'right', cell: (pair) => format.percent(pair.confidence) },
        { key: 'families', head: '', cell: (pair) => <span className="chips">{pair.families.map((family) => <Chip key={family}>{name('family', family)}</Chip>)}</span> },
        { key: 'verdict', head: '', cell: (pair) => (pair.verdict ? <Chip tone="accent">{name('verdict', pair.verdict)}</Chip> : '') },
      ]} />
    </Panel>
  );
}

export function Warnings({ firm }: { firm: Enterprise }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const text = useText();
  const name = useNames();
  return (
    <Panel>
      <DataTable caption={t('warnings')} rows={firm.warnings} rowKey={(warning) => warning.id} empty={<Empty title={t('noWarnings')}>{t('noWarningsDo')}</Empty>} columns={[
        { key: 'level', head: c('level'), cell: (warning) => <Level level={warning.level} /> },
        { key: 'kind', head: t('kind'), cell: (warning) => name('kind', warning.kind) },
        { key: 'summary', head: t('statement'), cell: (warning) => <Link to="/alerts" search={{ at: warning.id, kind: warning.kind, state: 'any' }}>{text(warning.summary)}</Link> },
        { key: 'state', head: c('state'), cell: (warning) => <><State state={warning.state} /> <Ruling warning={warning} short /></> },
        { key: 'at', head: c('time'), cell: (warning) => <When at={warning.updated_at} /> },
      ]} />
    </Panel>
  );
}

export function Tasks({ firm }: { firm: Enterprise }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const names = useModelNames();
  const name = useNames();
  const now = useNow();
  const queries = useQueries({
    queries: firm.warnings.map((warning) => ({
      queryKey: ['tasks', 'of', warning.id],
      queryFn: () => data(api.GET('/api/v1/tasks', { params: { query: { warning: warning.id, limit: 50 } } })),
    })),
  });
  const rows: Task[] = queries.flatMap((query) => query.data?.tasks ?? []);
  const over = (task: Task) => ['closed', 'recalled', 'reported'].includes(task.state);
  return (
    <Panel>
      <DataTable caption={t('tasks')} rows={rows} rowKey={(task) => task.id} empty={<Empty title={t('noTasks')}>{t('noTasksDo')}</Empty>} columns={[
        { key: 'level', head: c('level'), cell: (task) => <Level level={task.level} /> },
        { key: 'agency', head: c('agency'), cell: (task) => <Link to="/tasks/$id" params={{ id: task.id.replaceAll('/', '~') }}>{names.agency(task.agency)}</Link> },
        { key: 'kind', head: t('kind'), cell: (task) => `${name('kind', task.warning.split(':')[0] ?? '')} · ${name('role', task.role)}` },
        { key: 'state', head: c('state'), cell: (task) => <State state={task.state} /> },
        { key: 'due', head: c('time'), cell: (task) => <Due at={task.state === 'dispatched' ? task.ack_due_at : task.judge_due_at} now={now} overdue={task.overdue} done={over(task)} /> },
      ]} />
    </Panel>
  );
}

export function Timeline({ rows }: { rows: Row[] }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const text = useText();
  const [type, setType] = useState('');
  const [most, setMost] = useState(100);
  const types = [...new Set(rows.map((row) => row.type))].toSorted();
  const shown = type ? rows.filter((row) => row.type === type) : rows;
  return (
    <Panel title={t('events')} side={
      <select aria-label={t('eventType')} value={type} onChange={(event) => setType(event.target.value)}>
        <option value="">{t('all')}</option>{types.map((one) => <option key={one}>{one}</option>)}
      </select>}>
      <DataTable caption={t('events')} rows={shown.slice(0, most)} rowKey={(row, index) => `${row.event}${row.op}${index}`} columns={[
        { key: 'at', head: t('learnedAt'), cell: (row) => <When at={row.at} /> },
        { key: 'time', head: t('eventTime'), cell: (row) => <When at={row.time} /> },
        { key: 'type', head: t('eventType'), cell: (row) => <code>{row.type}</code> },
        { key: 'statement', head: t('statement'), cell: (row) => <>{text(row.statement)} {row.op === 'retired' && <Chip tone="warn" title={row.by ? t('by', { event: row.by }) : undefined}>{t('retired')}</Chip>}</> },
        { key: 'event', head: t('source'), cell: (row) => <code className="uscc">{row.event}</code> },
      ]} />
      {shown.length > most && <p className="row more"><button type="button" onClick={() => setMost(most + 200)}>{c('showMore')} ({shown.length - most})</button></p>}
    </Panel>
  );
}

function Bars({ title, values, show }: { title: string; values: { month: string; value: number }[]; show: (value: number) => string }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const recent = values.slice(-24);
  const high = Math.max(1, ...recent.map((one) => one.value));
  const step = width / Math.max(1, recent.length);
  return (
    <figure className="bars">
      <figcaption>{title}</figcaption>
      <div ref={box}>
        {width > 0 && (
          <svg width={width} height={84} role="img" aria-label={`${title}: ${recent.map((one) => `${one.month} ${show(one.value)}`).join(', ')}`}>
            {recent.map((one, index) => (
              <g key={one.month}>
                <rect x={index * step + 1} width={Math.max(1, step - 3)} y={64 - (one.value / high) * 58} height={Math.max(0.5, (one.value / high) * 58)} rx={1.5}><title>{`${one.month}: ${show(one.value)}`}</title></rect>
                {index % Math.ceil(60 / step) === 0 && <text x={index * step} y={80}>{one.month}</text>}
              </g>
            ))}
          </svg>
        )}
      </div>
    </figure>
  );
}

export function Months({ firm }: { firm: Enterprise }) {
  const t = useWords(firmWords);
  const format = useFormat();
  if (firm.headcount.length + firm.revenue_fen.length === 0) return null;
  return (
    <Panel title={t('months')}>
      <div className="grid2"><Bars title={t('headcount')} values={firm.headcount} show={format.number} /><Bars title={t('revenue')} values={firm.revenue_fen} show={format.yuan} /></div>
    </Panel>
  );
}
