// How does the whole city stand? Two command levels, the load of each agency, and of each township on a map.
import { useNavigate, Link } from '@tanstack/react-router';
import { useModel } from '~/api/queries';
import { useParams } from '~/app/router';
import { useLang, useWords } from '~/i18n';
import { useModelNames } from '~/i18n/domain';
import { span, useFormat } from '~/i18n/time';
import { Empty, Page, Panel, Waiting, When } from '~/ui';
import { sum, useLoad, type Load } from './load';
import { TownMap, type Place } from './map';
import { LevelBar, Tiles } from './parts';
import { dispatchWords, type DispatchWord } from './words';
import './dispatch.css';

const MEASURES: [keyof Load & ('open' | 'overdue' | 'unheld' | 'due_in_a_day'), DispatchWord][] = [
  ['open', 'open'], ['overdue', 'overdue'], ['unheld', 'unheld'], ['due_in_a_day', 'dueDay'],
];

function AgencyRows({ loads, max, head, totals }: { loads: Load[]; max: number; head: string; totals: number }) {
  const t = useWords(dispatchWords);
  const { lang } = useLang();
  const names = useModelNames();
  const format = useFormat();
  const share = totals > 0 ? sum(loads).open / totals : 0;
  return (
    <tbody>
      <tr><th scope="rowgroup" colSpan={9}>{head} · {format.number(sum(loads).open)} {t('tasks')} · {t('ofAll', { share: format.percent(share) })}</th></tr>
      {loads.map((one) => {
        const found = one.confirmed + one.unconfirmed;
        return (
          <tr key={one.id}>
            <th scope="row"><Link to="/dispatch" search={{ agency: one.id }}>{names.agency(one.id)}</Link></th>
            <td className="right"><b>{one.open}</b></td>
            <td className="bar"><LevelBar load={one} max={max} /></td>
            <td className="right"><span className={one.overdue ? 'late' : 'muted'}>{one.overdue}</span></td>
            <td className="right">{one.unheld}</td>
            <td className="right">{one.due_in_a_day || <span className="muted">0</span>}</td>
            <td className="right">{one.forecast ? <span className="due soon">{one.forecast}</span> : <span className="muted">{one.forecast ?? '—'}</span>}</td>
            <td className="right">{one.handling_minutes != null ? span(one.handling_minutes * 60_000, lang) : <span className="muted">—</span>}</td>
            <td className="right">{found ? format.percent(one.confirmed / found) : <span className="muted">—</span>}</td>
          </tr>
        );
      })}
    </tbody>
  );
}

export default function Command() {
  const t = useWords(dispatchWords);
  const navigate = useNavigate();
  const { stamp } = useFormat();
  const load = useLoad();
  const model = useModel();
  const { town } = useModelNames();
  const [search, setSearch] = useParams();
  if (!load.data || !model.data) return <Page title={t('command')}><Waiting query={load.data ? model : load} /></Page>;
  const all = load.data.agencies;
  const commandOf = (id: string) => model.data!.agencies.find((one) => one.id === id)?.command ?? '';
  const applicationOf = (id: string) => model.data!.agencies.find((one) => one.id === id)?.application ?? '';
  // The levels as the model orders them: the city first, then bureaus, then townships.
  const groups = [...new Set(model.data.agencies.map((one) => `${one.command} ${one.application}`))]
    .map((key) => ({ key, loads: all.filter((one) => `${commandOf(one.id)} ${applicationOf(one.id)}` === key && one.open + one.confirmed + one.unconfirmed > 0).toSorted((a, b) => b.overdue - a.overdue || b.open - a.open) }))
    .filter((group) => group.loads.length > 0);
  const max = Math.max(1, ...all.map((one) => one.open));
  const total = sum(all);
  const [measure, word] = MEASURES.find(([key]) => key === search.by) ?? MEASURES[0]!;
  const places: Place[] = load.data.divisions.map((one) => ({ ...(town(one.id) ?? { name: one.id.length <= 6 ? t('noPlace') : one.id }), id: one.id, load: one, value: one[measure] })).toSorted((a, b) => b.value - a.value);
  const head = (key: string) => key.split(' ').map((part) => (part in dispatchWords.zh ? t(part as DispatchWord) : part)).filter((part, index, parts) => parts.indexOf(part) === index).join(' · ');
  return (
    <Page wide title={t('command')} side={<small>{load.data.by_events ? t('eventClock', { time: stamp(load.data.clock) }) : t('wallClock')}</small>}>
      <Tiles load={total} />
      {all.length === 0 ? <Panel><Empty title={t('noLoad')}>{t('noLoadHint')}</Empty></Panel> : (
        <div className="commandgrid">
          <Panel title={t('load')}>
            <div className="tablewrap" tabIndex={0} role="region" aria-label={t('load')}>
              <table className="table load">
                <caption className="sr">{t('load')}</caption>
                <thead>
                  <tr><th scope="col">{t('agency')}</th><th scope="col" className="right">{t('open')}</th><th scope="col"><span className="sr">{t('level')}</span></th><th scope="col" className="right">{t('overdue')}</th><th scope="col" className="right">{t('unheld')}</th><th scope="col" className="right">{t('dueShort')}</th><th scope="col" className="right" title={t('forecastHint')}>{t('forecast')}</th><th scope="col" className="right">{t('handlingShort')}</th><th scope="col" className="right">{t('confirmedRate')}</th></tr>
                </thead>
                {groups.map((group) => <AgencyRows key={group.key} head={head(group.key)} loads={group.loads} max={max} totals={total.open} />)}
              </table>
            </div>
          </Panel>
          <div className="stack">
            <Panel title={t('towns')} side={
              <label className="row"><small>{t('measure')}</small>
                <select value={measure} onChange={(event) => setSearch({ by: event.target.value })}>{MEASURES.map(([key, one]) => <option key={key} value={key}>{t(one)}</option>)}</select>
              </label>}>
              <TownMap places={places} heat={measure === 'open' || measure === 'unheld' ? 'blue' : 'red'} onOpen={(place) => void navigate({ to: '/dispatch', search: { agency: place.agency ?? 'all', tab: 'all' } })} />
            </Panel>
            <Panel title={`${t('towns')} · ${t(word)}`}>
              <table className="table load">
                <caption className="sr">{t('towns')}</caption>
                <thead><tr><th scope="col">{t('town')}</th><th scope="col" className="right">{t('open')}</th><th scope="col" className="right">{t('overdue')}</th><th scope="col" className="right">{t('oldest')}</th></tr></thead>
                <tbody>
                  {places.map((place) => (
                    <tr key={place.id}><th scope="row">{place.name}</th><td className="right">{place.load.open}</td><td className="right"><span className={place.load.overdue ? 'late' : 'muted'}>{place.load.overdue}</span></td><td className="right"><When at={place.load.first_due_at} /></td></tr>
                  ))}
                </tbody>
              </table>
            </Panel>
          </div>
        </div>
      )}
    </Page>
  );
}
