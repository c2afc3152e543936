// Whom is an enterprise tied to, and by what? Its neighbourhood as a graph and as tables, and ways to another enterprise.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams as usePath } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, data, type Schemas } from '~/api/client';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Empty, Firm, Grade, Page, Panel, Waiting } from '~/ui';
import { useKeys } from '~/ui/keys';
import { Canvas } from './canvas';
import { ties as tiesOf, ways as waySpots, type Tie } from './layout';
import { FirmPicker } from './picker';
import { GROUPS, graphWords, groupOf, type GraphWord } from './words';
import '@xyflow/react/dist/base.css';
import './graph.css';

type Relation = Schemas['Relation'];
const BUDGETS = [30, 60, 100, 150];

export function useKind() {
  const t = useWords(graphWords);
  return (kind: string) => (kind in graphWords.zh ? t(kind as GraphWord) : kind);
}

function Choose() {
  const t = useWords(graphWords);
  const navigate = useNavigate();
  return (
    <Page title={t('title')}>
      <Panel className="pickfirm"><Empty title={t('pick')}>{t('pickHint')}</Empty><FirmPicker label={t('pick')} onPick={(uscc) => void navigate({ to: '/graph/$uscc', params: { uscc } })} /></Panel>
    </Page>
  );
}

/** The relations of a line, each with what it says. */
function Relations({ tie, me }: { tie: Tie; me: string }) {
  const t = useWords(graphWords);
  const kind = useKind();
  const { yuan } = useFormat();
  return (
    <ul className="relations">
      {tie.relations.map((one) => (
        <li key={one.kind + one.from}>
          <span className={`kinddot ${groupOf(one.kind)}`} aria-hidden="true" />
          {kind(one.kind)}
          {['holds', 'controls', 'paid', 'succession', 'declared'].includes(one.kind) && <span className="muted"> {one.from === me ? '→' : '←'}</span>}
          {one.pct != null && <b> {one.pct} %</b>}{one.amount_fen != null && <b> {yuan(one.amount_fen)}</b>}
          {!one.current && <small> {t('past')}</small>}
        </li>
      ))}
    </ul>
  );
}

function Side({ nodes, ties, selected, onSelect }: { nodes: Schemas['Node'][]; ties: Tie[]; selected: string; onSelect: (uscc: string | undefined) => void }) {
  const t = useWords(graphWords);
  const navigate = useNavigate();
  const node = nodes.find((one) => one.uscc === selected);
  if (!node) return null;
  const own = ties.filter((tie) => tie.from === selected || tie.to === selected);
  const centre = nodes[0]!.uscc === selected;
  return (
    <Panel title={centre ? t('centre') : t('selected')} side={!centre && <button type="button" className="ghost small" onClick={() => onSelect(undefined)}>{t('close')}</button>}>
      <div className="stack">
        <div className="row"><Firm uscc={node.uscc} name={node.name} /></div>
        <div className="row"><Grade grade={node.grade} /> <b>{node.score ?? '—'}</b> <span className="muted">{t('degree', { n: own.length })}</span> {node.ended && <Chip>{t('ended')}</Chip>}</div>
        <div className="row">
          {!centre && <button type="button" className="small primary" onClick={() => void navigate({ to: '/graph/$uscc', params: { uscc: selected } })}>{t('makeCentre')}</button>}
          <Link className="button small" to="/funds/$uscc" params={{ uscc: selected }}>{t('funds')}</Link>
        </div>
        <h3>{t('relationsOf')}</h3>
        <ul className="tielist">
          {own.map((tie) => {
            const other = tie.from === selected ? tie.to : tie.from;
            return (
              <li key={tie.id}>
                <button type="button" className="ghost small" onClick={() => onSelect(other)}>{nodes.find((one) => one.uscc === other)?.name || other}</button>
                <Relations tie={tie} me={selected} />
              </li>
            );
          })}
        </ul>
      </div>
    </Panel>
  );
}

/** Ways to another enterprise, a row each. */
function Ways({ uscc, to, onTo }: { uscc: string; to?: string; onTo: (uscc: string | undefined) => void }) {
  const t = useWords(graphWords);
  const kind = useKind();
  const ways = useWays(uscc, to);
  return (
    <Panel title={t('path')} side={to && <button type="button" className="ghost small" onClick={() => onTo(undefined)}>{t('clearPath')}</button>}>
      <div className="stack">
        <FirmPicker label={t('pathTo')} onPick={onTo} not={uscc} />
        {to && ways.isPending && <p className="muted">{t('finding')}</p>}
        {to && ways.error && <Waiting query={ways} />}
        {ways.data?.paths.length === 0 && <p>{t('noPath')}</p>}
        <ol className="ways">
          {ways.data?.paths.map((way, index) => (
            <li key={index}>
              <small>{t('steps', { n: way.edges.length })}</small>
              <div className="chain">
                {way.nodes.map((node, place) => (
                  <span key={node.uscc} className="link">
                    {place > 0 && <span className={`via ${groupOf(way.edges[place - 1]!.kind)}`}>{arrow(way.edges[place - 1]!, way.nodes[place - 1]!.uscc)} {kind(way.edges[place - 1]!.kind)}</span>}
                    <Link to="/enterprises/$uscc" params={{ uscc: node.uscc }}>{node.name || node.uscc}</Link>
                  </span>
                ))}
              </div>
            </li>
          ))}
        </ol>
        {ways.data?.bounded && <small>{t('bounded')}</small>}
      </div>
    </Panel>
  );
}

const arrow = (edge: Relation, from: string) => (['person', 'phone'].includes(edge.kind) || groupOf(edge.kind) === 'shared' ? '—' : edge.from === from ? '→' : '←');

const useWays = (from: string, to: string | undefined) =>
  useQuery({ queryKey: ['paths', from, to], queryFn: () => data(api.GET('/api/v1/paths', { params: { query: { from, to: to! } } })), enabled: !!to });

function Tables({ nodes, edges }: { nodes: Schemas['Node'][]; edges: Relation[] }) {
  const t = useWords(graphWords);
  const kind = useKind();
  const { yuan } = useFormat();
  const name = (uscc: string) => nodes.find((node) => node.uscc === uscc)?.name || uscc;
  return (
    <div className="stack">
      <DataTable caption={t('title')} rows={edges} rowKey={(edge) => edge.from + edge.to + edge.kind} columns={[
        { key: 'from', head: t('from'), cell: (edge) => <Firm uscc={edge.from} name={name(edge.from)} code={false} />, sort: (a, b) => name(a.from).localeCompare(name(b.from), 'zh') },
        { key: 'kind', head: t('kind'), cell: (edge) => <span className="kindcell"><span className={`kinddot ${groupOf(edge.kind)}`} /> {kind(edge.kind)}</span>, sort: (a, b) => a.kind.localeCompare(b.kind) },
        { key: 'to', head: t('to'), cell: (edge) => <Firm uscc={edge.to} name={name(edge.to)} code={false} />, sort: (a, b) => name(a.to).localeCompare(name(b.to), 'zh') },
        { key: 'weight', head: t('weight'), align: 'right', cell: (edge) => edge.weight, sort: (a, b) => a.weight - b.weight },
        { key: 'current', head: t('holdsNow'), cell: (edge) => (edge.current ? t('current') : <span className="muted">{t('past')}</span>) },
        { key: 'amount', head: `${t('pct')} / ${t('amount')}`, align: 'right', cell: (edge) => (edge.pct != null ? `${edge.pct} %` : edge.amount_fen != null ? yuan(edge.amount_fen) : '—'), sort: (a, b) => (a.amount_fen ?? 0) - (b.amount_fen ?? 0) },
      ]} />
      <DataTable caption={t('firms')} rows={nodes} rowKey={(node) => node.uscc} columns={[
        { key: 'name', head: t('firms'), cell: (node) => <Firm uscc={node.uscc} name={node.name} /> },
        { key: 'distance', head: t('distance'), align: 'right', cell: (node) => node.distance, sort: (a, b) => a.distance - b.distance },
        { key: 'score', head: t('score'), align: 'right', cell: (node) => <span className="row"><Grade grade={node.grade} /> {node.score ?? '—'}</span>, sort: (a, b) => (a.score ?? 0) - (b.score ?? 0) },
      ]} />
    </div>
  );
}

export default function GraphPage() {
  const { uscc } = usePath({ strict: false });
  return uscc ? <Neighbourhood key={uscc} uscc={uscc} /> : <Choose />;
}

function Neighbourhood({ uscc }: { uscc: string }) {
  const t = useWords(graphWords);
  const navigate = useNavigate();
  const { percent } = useFormat();
  const [search, setSearch] = useParams();
  const depth = Math.min(3, Math.max(1, Number(search.depth ?? 1)));
  const budget = Math.min(150, Math.max(1, Number(search.budget ?? 60)));
  const off = useMemo(() => new Set((search.off ?? '').split(',').filter(Boolean)), [search.off]);
  const graph = useQuery({
    queryKey: ['indices', 'graph', uscc, depth, budget],
    queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/graph', { params: { path: { uscc }, query: { depth, budget } } })),
    placeholderData: (was) => was,
  });
  const relations = useQuery({ queryKey: ['indices', 'relations', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/relations', { params: { path: { uscc } } })) });
  const ways = useWays(uscc, search.to);
  const shown = useMemo(() => {
    if (!graph.data) return null;
    const paths = ways.data?.paths ?? [];
    if (paths.length > 0) {
      // Ways are drawn alone: what else is around would only hide them.
      const nodes = [...new Map(paths.flatMap((way) => way.nodes).map((node) => [node.uscc, node])).values()];
      const edges = paths.flatMap((way) => way.edges);
      return { nodes, edges, ties: tiesOf(edges), at: waySpots(paths) };
    }
    const edges = graph.data.edges.filter((edge) => !off.has(groupOf(edge.kind)));
    const tied = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
    const nodes = graph.data.nodes.filter((node, index) => index === 0 || tied.has(node.uscc));
    return { nodes, edges, ties: tiesOf(edges), at: undefined };
  }, [graph.data, ways.data, off]);
  const table = search.view === 'table';
  const select = (one: string | undefined) => setSearch({ at: one });
  useKeys([
    { key: 't', label: t('asTable'), run: () => setSearch({ view: table ? undefined : 'table' }) },
    { key: 'c', label: t('makeCentre'), run: () => search.at && void navigate({ to: '/graph/$uscc', params: { uscc: search.at } }) },
  ]);
  if (!graph.data || !shown) return <Page title={t('title')}><Waiting query={graph} /></Page>;
  const { truncated } = graph.data;
  const centre = graph.data.nodes[0]!;
  const toggle = (group: string) => {
    const next = new Set(off);
    if (!next.delete(group)) next.add(group);
    setSearch({ off: [...next].join(',') || undefined });
  };
  return (
    <div className="page wide graphpage">
      <header className="pagehead">
        <h1><span className="muted">{t('title')} · </span>{centre.name || centre.uscc}</h1>
        <div className="side">
          <label className="row"><small>{t('depth')}</small><select value={depth} onChange={(event) => setSearch({ depth: event.target.value })}>{[1, 2, 3].map((n) => <option key={n}>{n}</option>)}</select></label>
          <label className="row"><small>{t('budget')}</small><select value={budget} onChange={(event) => setSearch({ budget: event.target.value })}>{[...new Set([...BUDGETS, budget])].toSorted((a, b) => a - b).map((n) => <option key={n} value={n}>{n} {t('firms')}</option>)}</select></label>
          <button type="button" aria-pressed={table} onClick={() => setSearch({ view: table ? undefined : 'table' })}>{table ? t('graph') : t('table')} <kbd>t</kbd></button>
        </div>
      </header>
      <div className="graphbar">
        <div className="row" role="group" aria-label={t('kinds')}>
          {GROUPS.map((group) => (
            <button key={group} type="button" className="small legend" aria-pressed={!off.has(group)} onClick={() => toggle(group)}><span className={`kinddot ${group}`} aria-hidden="true" />{t(`g_${group}`)}</button>
          ))}
        </div>
        <span className="grow" />
        {truncated.nodes + truncated.edges > 0 ? (
          <span className="truncated" role="status">
            {t('left', { n: truncated.nodes, e: truncated.edges })}{truncated.amount_share > 0 && `; ${t('leftAmount', { share: percent(truncated.amount_share) })}`}
            {budget < 150 && truncated.nodes > 0 && <button type="button" className="small" onClick={() => setSearch({ budget: '150' })}>{t('widen', { n: 150 })}</button>}
          </span>
        ) : <small role="status">{t('allShown', { n: shown.nodes.length, e: shown.edges.length })}</small>}
      </div>
      <div className="graphgrid">
        <section className="panel canvas" aria-label={t('graph')}>
          {shown.nodes.length < 2 ? <Empty title={t('alone')}>{t('aloneHint')}</Empty> : table ? <Tables nodes={shown.nodes} edges={shown.edges} /> : (
            <Canvas key={`${uscc} ${depth} ${budget} ${search.off} ${shown.at ? search.to : ''}`} nodes={shown.nodes} ties={shown.ties} hubs={shown.at ? [] : (relations.data?.hubs ?? [])} selected={search.at} at={shown.at} onSelect={select} onOpen={(one) => void navigate({ to: '/graph/$uscc', params: { uscc: one } })} />
          )}
        </section>
        <aside className="stack">
          <Side nodes={shown.nodes} ties={shown.ties} selected={search.at ?? uscc} onSelect={select} />
          <Ways uscc={uscc} to={search.to} onTo={(to) => setSearch({ to })} />
          <Hubs hubs={relations.data?.hubs ?? []} />
        </aside>
      </div>
    </div>
  );
}

function Hubs({ hubs }: { hubs: Schemas['HubShape'][] }) {
  const t = useWords(graphWords);
  const kind = useKind();
  return (
    <Panel title={t('hubs')}>
      {hubs.length === 0 ? <p className="muted">{t('noHubs')}</p> : (
        <ul className="stack">{hubs.map((hub, index) => <li key={index}><Chip>{t('hub', { kind: kind(hub.kind), n: hub.members })}</Chip> <small>{t('hubHint')}</small></li>)}</ul>
      )}
    </Panel>
  );
}
