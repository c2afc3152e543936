// What does the anti-smuggling unit have before it? Its tasks by term, and what patrols saw along the shore.
import { useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '~/api/client';
import { useModel } from '~/api/queries';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { useModelNames } from '~/i18n/domain';
import { DataTable, Empty, Firm, Page, Panel, Waiting, When } from '~/ui';
import { TaskList, useTasks } from './index';
import { sum, useLoad } from './load';
import { Tiles } from './parts';
import { ShoreGrid } from './shore';
import { dispatchWords, type DispatchWord } from './words';
import '../tasks/tasks.css';
import './dispatch.css';

const UNIT = 'anti-smuggling';
const OPEN = 'raised,dispatched,acknowledged,in_hand,waiting,returned,transferred,joint,escalated';
type Sighting = Schemas['SightingShape'];

/** Words of the contract for what a patrol sees; others stand as they are. */
export function useSeen() {
  const t = useWords(dispatchWords);
  return (kind: string) => (kind in dispatchWords.zh ? t(kind as DispatchWord) : kind);
}

function Operators({ sightings }: { sightings: Sighting[] }) {
  const t = useWords(dispatchWords);
  const counted = new Map<string, { one: Sighting; n: number }>();
  for (const one of sightings) if (one.operator) counted.set(one.operator, { one, n: (counted.get(one.operator)?.n ?? 0) + 1 });
  const firms = [...counted.values()].toSorted((a, b) => b.n - a.n || (b.one.operator_score ?? 0) - (a.one.operator_score ?? 0));
  if (firms.length === 0) return <p className="muted">{t('noFirms')}</p>;
  return (
    <ul className="unitfirms">
      {firms.slice(0, 12).map(({ one, n }) => (
        <li key={one.operator}><Firm uscc={one.operator!} name={one.operator_name} code={false} /><small>{t('times', { n })}</small><b>{one.operator_score ?? '—'}</b></li>
      ))}
    </ul>
  );
}

export default function Unit() {
  const t = useWords(dispatchWords);
  const names = useModelNames();
  const seen = useSeen();
  const model = useModel();
  const [search, setSearch] = useParams();
  const agency = search.agency ?? UNIT;
  const load = useLoad();
  const tasks = useTasks({ agency, state: OPEN });
  const shore = useQuery({ queryKey: ['warnings', 'shore'], queryFn: () => data(api.GET('/api/v1/shore')) });
  if (model.data && !model.data.agencies.some((one) => one.id === agency)) return <Page title={t('unitTitle')}><Empty title={t('noUnit')} /></Page>;
  const own = load.data?.agencies.filter((one) => one.id === agency) ?? [];
  const shown = shore.data?.sightings.filter((one) => !search.grid || one.grid === search.grid) ?? [];
  return (
    <Page wide title={t('unitTitle')} side={<small>{names.agency(agency)}</small>}>
      {load.data && <Tiles load={sum(own)} />}
      <div className="unitgrid">
        <Panel title={t('queue')}><TaskList query={tasks} agency={false} empty={t('noTasksHere')} /></Panel>
        <Panel title={t('firms')}>{shore.data ? <Operators sightings={shore.data.sightings} /> : <Waiting query={shore} />}</Panel>
      </div>
      <Panel title={t('shore')} side={<small>{t('shoreHint')} <span className="scale" aria-hidden="true" /> {t('legend')}</small>}>
        {!shore.data ? <Waiting query={shore} /> : shore.data.total === 0 ? <Empty title={t('noShore')}>{t('noShoreHint')}</Empty> : (
          <ShoreGrid cells={shore.data.cells} chosen={search.grid} onChoose={(grid) => setSearch({ grid })} />
        )}
      </Panel>
      {shore.data && shore.data.total > 0 && (
        <Panel title={`${t('sightings')}${search.grid ? ` · ${t('ofCell', { id: search.grid })}` : ''}`}
          side={<span className="row"><small>{t('shownOf', { n: shown.length, total: shore.data.total })}</small>{search.grid && <button type="button" className="small" onClick={() => setSearch({ grid: undefined })}>{t('clear')}</button>}</span>}>
          <DataTable caption={t('sightings')} rows={shown} rowKey={(one) => one.event} columns={[
            { key: 'on', head: t('on'), width: 110, cell: (one) => <When at={one.on} date />, sort: (a, b) => a.on.localeCompare(b.on) },
            { key: 'kind', head: t('kind'), cell: (one) => seen(one.kind), sort: (a, b) => a.kind.localeCompare(b.kind) },
            { key: 'grid', head: t('where'), cell: (one) => <button type="button" className="ghost small" onClick={() => setSearch({ grid: one.grid })}>{one.grid}</button>, sort: (a, b) => a.grid.localeCompare(b.grid) },
            { key: 'operator', head: t('operator'), cell: (one) => (one.operator ? <Firm uscc={one.operator} name={one.operator_name} code={false} /> : <span className="muted">{t('noOperator')}</span>) },
            { key: 'vessel', head: t('vessel'), cell: (one) => one.vessel ?? <span className="muted">—</span> },
            { key: 'place', head: t('place'), align: 'right', cell: (one) => (one.lat != null ? `${one.lat.toFixed(4)}, ${one.lon!.toFixed(4)}` : <span className="muted">—</span>) },
          ]} />
        </Panel>
      )}
    </Page>
  );
}
