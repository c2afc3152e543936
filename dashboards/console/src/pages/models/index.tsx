// By what is it judged? The model in force: categories with caps, indicators with points and sources, classes, agencies.
import { type Schemas } from '~/api/client';
import { useModel } from '~/api/queries';
import { useParams } from '~/app/router';
import { useLang, useWords } from '~/i18n';
import { Chip, Copy, DataTable, Grade, Page, Panel, Waiting } from '~/ui';
import { Compare } from './compare';
import { Promotions } from './promotions';
import { Shadow } from './shadow';
import { modelWords, type ModelWord } from './words';
import './models.css';

type Model = Schemas['Models'];
type Indicator = Schemas['Indicator'];

function Source({ text }: { text: string }) {
  const t = useWords(modelWords);
  const plain = text.replaceAll('[P]', '').trim();
  return <span>{plain}{text.includes('[P]') && <> <Chip tone="warn" title={t('proposalHint')}>{t('proposal')}</Chip></>}</span>;
}

/** What each category may add, and what its indicators could. */
function Categories({ model, chosen, onChoose }: { model: Model; chosen?: string; onChoose: (id: string | undefined) => void }) {
  const t = useWords(modelWords);
  const { lang } = useLang();
  const max = Math.max(1, ...model.categories.map((one) => one.cap));
  return (
    <ul className="capcats">
      {model.categories.map((one) => {
        const own = model.indicators.filter((indicator) => indicator.category === one.id);
        const points = own.reduce((sum, indicator) => sum + Math.max(0, indicator.points), 0);
        return (
          <li key={one.id}>
            <button type="button" className="ghost" aria-pressed={chosen === one.id} onClick={() => onChoose(chosen === one.id ? undefined : one.id)}>
              <b>{one.id}</b>
              <span>{one[lang]} {one.pack && <Chip title={t('packHint')}>{t('pack')}</Chip>}</span>
              <span className="capbar" aria-hidden="true"><span style={{ width: `${(one.cap / max) * 100}%` }} /></span>
              <b className="right">{one.cap}</b>
              <small>{t('sum', { n: own.length, p: points, c: one.cap })}</small>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Grades({ model }: { model: Model }) {
  const t = useWords(modelWords);
  const { b, c, d, max } = model.cuts;
  const bands = [['A', 0, b], ['B', b, c], ['C', c, d], ['D', d, max]] as const;
  return (
    <div className="stack">
      <ol className="bands">
        {bands.map(([grade, from]) => (
          <li key={grade}><Grade grade={grade} /> <span>{grade === 'A' ? t('below', { n: b }) : t('from', { n: from })}</span></li>
        ))}
      </ol>
      <small>{t('scale', { n: max })}</small>
    </div>
  );
}

function Indicators({ model, category, find, onFind }: { model: Model; category?: string; find: string; onFind: (text: string | undefined) => void }) {
  const t = useWords(modelWords);
  const { lang } = useLang();
  const wanted = (one: Indicator) => (!category || one.category === category) && (!find || [one.id, one.zh, one.en, one.source].some((text) => text.toLowerCase().includes(find.toLowerCase())));
  const shown = model.indicators.filter(wanted);
  return (
    <div className="stack">
      <div className="row">
        <input type="search" className="grow" aria-label={t('find')} placeholder={t('find')} value={find} onChange={(event) => onFind(event.target.value || undefined)} />
        <small role="status">{t('shown', { n: shown.length, total: model.indicators.length })}</small>
      </div>
      <DataTable caption={t('indicators')} rows={shown} rowKey={(one) => one.id} columns={[
        { key: 'id', head: <span className="sr">id</span>, width: 56, cell: (one) => <code>{one.id}</code>, sort: (a, b) => a.id.localeCompare(b.id) },
        { key: 'name', head: t('name'), cell: (one) => <b className="indname">{one[lang]}</b> },
        { key: 'points', head: t('points'), align: 'right', width: 96, cell: (one) => <b title={one.points < 0 ? t('negative') : undefined}>{one.points}</b>, sort: (a, b) => a.points - b.points },
        { key: 'window', head: t('window'), align: 'right', width: 84, cell: (one) => (one.window_days ? t('days', { n: one.window_days }) : <span className="muted">{t('noWindow')}</span>), sort: (a, b) => (a.window_days ?? 0) - (b.window_days ?? 0) },
        { key: 'half', head: t('halfLife'), align: 'right', width: 84, cell: (one) => (one.half_life_days ? t('days', { n: one.half_life_days }) : <span className="muted">—</span>), sort: (a, b) => (a.half_life_days ?? 0) - (b.half_life_days ?? 0) },
        { key: 'veto', head: t('veto'), width: 104, cell: (one) => (one.veto ? <Chip tone="bad">{t(one.veto as 'd' | 'at_least_c')}</Chip> : <span className="muted">—</span>) },
        { key: 'source', head: t('source'), cell: (one) => <Source text={one.source} /> },
      ]} />
    </div>
  );
}

function Draft() {
  const t = useWords(modelWords);
  return (
    <div className="stack">
      <p>{t('draftHint')}</p>
      <ol className="howto">{(['steps1', 'steps2', 'steps3', 'steps4'] as const).map((step) => <li key={step}>{t(step).split('`').map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}</li>)}</ol>
    </div>
  );
}

export default function Models() {
  const t = useWords(modelWords);
  const { lang } = useLang();
  const [search, setSearch] = useParams();
  const query = useModel();
  if (!query.data) return <Page title={t('title')}><Waiting query={query} /></Page>;
  const model = query.data;
  const [name, digest] = model.current.split('@');
  const word = (text: string) => (text in modelWords.zh ? t(text as ModelWord) : text);
  return (
    <Page wide title={t('title')} side={<span className="row"><span className="muted">{t('current')}</span><b>{name}</b><code title={t('digest')}>{digest}</code><Copy text={model.current} /></span>}>
      <div className="modelgrid">
        <Panel title={t('categories')}><Categories model={model} chosen={search.category} onChoose={(category) => setSearch({ category })} /></Panel>
        <div className="stack">
          <Panel title={t('grades')}><Grades model={model} /></Panel>
          <Panel title={t('draft')}><Draft /></Panel>
        </div>
      </div>
      <Promotions />
      <Shadow />
      <Compare />
      <Panel title={t('indicators')}><Indicators model={model} category={search.category} find={search.find ?? ''} onFind={(find) => setSearch({ find })} /></Panel>
      <Panel title={t('agencies')}>
        <DataTable caption={t('agencies')} rows={model.agencies} rowKey={(one) => one.id} columns={[
          { key: 'name', head: t('agency'), cell: (one) => <span className="firm"><b>{one[lang]}</b><code className="uscc">{one.id}</code></span> },
          { key: 'command', head: t('command'), cell: (one) => word(one.command), sort: (a, b) => a.command.localeCompare(b.command) },
          { key: 'application', head: t('application'), cell: (one) => word(one.application), sort: (a, b) => a.application.localeCompare(b.application) },
          { key: 'divisions', head: t('divisions'), cell: (one) => <code>{one.divisions.join(' ')}</code> },
        ]} />
      </Panel>
    </Page>
  );
}
