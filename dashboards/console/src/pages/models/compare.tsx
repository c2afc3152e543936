// What would the other version have said? The report of a backtest, read from its file in the browser.
import { useState } from 'react';
import { useLang, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Empty, Firm, Grade, Level, Panel } from '~/ui';
import { Matrix } from './shadow';
import { studioWords } from './studio';

interface Both<T> { model: T; against: T }
type Because = [indicator: string, points: number][];
interface Example { id: string; kind: string; level: string; on: string; summary: [zh: string, en: string]; name: string; because: Because }
interface Difference { by_kind: Record<string, number>; examples: Example[] }
interface Hits { cases: number; precision_at: Record<string, number>; warned: number; graded: number; false_alarms: number; warnings: [number, number]; lead_days: number[] }
/** `backtest.json`. */
export interface Report {
  model: string; against: string; from: string; to: string; enterprises: number;
  mix: Both<Record<string, number>>;
  moves: Both<number>;
  /** Rows are the other model, columns the candidate. */
  grades: number[][];
  regraded: { uscc: string; name: string; grade: Both<string>; score: Both<number>; because: Because }[];
  raised: Both<Record<string, number>>;
  gained: Difference; lost: Difference;
  load: Record<string, Both<{ tasks: number; a_day: number; most: number; most_on: string }>>;
  hits: Both<Hits> | null;
}

/** The report in a file, or nothing when it is another kind of file. */
export function parse(text: string): Report | null {
  try {
    const found = JSON.parse(text) as Report;
    const whole = typeof found.model === 'string' && typeof found.against === 'string' && Array.isArray(found.grades) && Array.isArray(found.regraded) && !!found.raised && !!found.gained && !!found.lost && !!found.load && !!found.mix;
    return whole ? found : null;
  } catch {
    return null;
  }
}

function Reasons({ of }: { of: Because }) {
  const names = useModelNames();
  return <span className="chips">{of.map(([indicator, points]) => <Chip key={indicator} title={names.indicator(indicator)}>{indicator} {points > 0 ? '+' : ''}{points}</Chip>)}</span>;
}

function Examples({ title, of }: { title: string; of: Difference }) {
  const t = useWords(studioWords);
  const { lang } = useLang();
  const name = useNames();
  const total = Object.values(of.by_kind).reduce((sum, n) => sum + n, 0);
  return (
    <section>
      <h3>{title} · {total}</h3>
      <p className="chips">{Object.entries(of.by_kind).map(([kind, n]) => <Chip key={kind}>{name('kind', kind)} {n}</Chip>)}</p>
      <DataTable caption={title} rows={of.examples} rowKey={(one) => one.id} empty={<p className="muted">—</p>} columns={[
        { key: 'level', head: '', cell: (one) => <Level level={one.level} short /> },
        { key: 'said', head: t('example'), cell: (one) => <><b>{one.name || name('kind', one.kind)}</b><br />{one.summary[lang === 'zh' ? 0 : 1]}</> },
        { key: 'on', nowrap: true, head: t('raisedOn'), cell: (one) => one.on.slice(0, 10) },
        { key: 'because', head: t('because'), cell: (one) => <Reasons of={one.because} /> },
      ]} />
    </section>
  );
}

function Quality({ hits }: { hits: Both<Hits> }) {
  const t = useWords(studioWords);
  const { percent } = useFormat();
  const share = (part: number, of: number) => (of ? `${part} / ${of} · ${percent(part / of)}` : '—');
  const rows: { what: string; of: (one: Hits) => string }[] = [
    { what: t('warned'), of: (one) => share(one.warned, one.cases) },
    { what: t('graded'), of: (one) => share(one.graded, one.cases) },
    { what: t('precise'), of: (one) => share(one.warnings[0], one.warnings[1]) },
    { what: t('falseAlarms'), of: (one) => String(one.false_alarms) },
    ...Object.keys(hits.model.precision_at).map((k) => ({ what: t('precisionAt', { n: k }), of: (one: Hits) => percent(one.precision_at[k] ?? 0) })),
    { what: t('lead'), of: (one: Hits) => (one.lead_days.length ? `${one.lead_days[2]} (${one.lead_days[0]} – ${one.lead_days.at(-1)})` : '—') },
  ];
  return (
    <DataTable caption={t('quality')} rows={rows} rowKey={(row) => row.what} columns={[
      { key: 'what', head: t('quality'), cell: (row) => row.what },
      { key: 'old', nowrap: true, head: t('old'), align: 'right', cell: (row) => row.of(hits.against) },
      { key: 'new', nowrap: true, head: t('new'), align: 'right', cell: (row) => <b>{row.of(hits.model)}</b> },
    ]} />
  );
}

function Shown({ report }: { report: Report }) {
  const t = useWords(studioWords);
  const name = useNames();
  const names = useModelNames();
  const { number } = useFormat();
  const kinds = [...new Set([...Object.keys(report.raised.model), ...Object.keys(report.raised.against)])].toSorted();
  const one = (value: number) => Math.round(value * 100) / 100;
  return (
    <div className="stack">
      <p className="row"><Chip>{t('old')}</Chip> <b>{report.against}</b> → <Chip tone="accent">{t('new')}</Chip> <b>{report.model}</b> <span className="muted">{report.from} – {report.to} · {t('firms', { n: number(report.enterprises) })}</span></p>
      <div className="comparegrid">
        <Matrix rows={report.grades} down={t('old')} across={t('new')} caption={t('moves', { n: number(report.regraded.length) })} />
        {report.hits ? <Quality hits={report.hits} /> : <p className="muted">{t('noTruth')}</p>}
      </div>
      <div className="comparegrid">
        <DataTable caption={t('raised')} rows={kinds} rowKey={(kind) => kind} columns={[
          { key: 'kind', head: t('raised'), cell: (kind) => name('kind', kind) },
          { key: 'old', head: t('old'), align: 'right', cell: (kind) => report.raised.against[kind] ?? 0 },
          { key: 'new', head: t('new'), align: 'right', cell: (kind) => <b>{report.raised.model[kind] ?? 0}</b> },
          { key: 'lost', head: t('lostShort'), align: 'right', cell: (kind) => report.lost.by_kind[kind] ?? 0 },
          { key: 'gained', head: t('gainedShort'), align: 'right', cell: (kind) => report.gained.by_kind[kind] ?? 0 },
        ]} />
        <DataTable caption={t('load')} rows={Object.entries(report.load)} rowKey={([agency]) => agency} columns={[
          { key: 'agency', head: t('load'), cell: ([agency]) => names.agency(agency) },
          { key: 'old', head: t('old'), align: 'right', cell: ([, load]) => one(load.against.a_day) },
          { key: 'new', head: t('new'), align: 'right', cell: ([, load]) => <b>{one(load.model.a_day)}</b> },
          { key: 'most', head: t('most'), align: 'right', cell: ([, load]) => <span title={load.model.most_on}>{load.model.most}</span> },
        ]} />
      </div>
      <DataTable caption={t('regraded')} rows={report.regraded.slice(0, 50)} rowKey={(row) => row.uscc} empty={<Empty title={t('noRegraded')} />} columns={[
        { key: 'firm', head: t('regraded'), cell: (row) => <Firm uscc={row.uscc} name={row.name} /> },
        { key: 'old', nowrap: true, head: t('old'), cell: (row) => <span className="row"><Grade grade={row.grade.against} /> {row.score.against}</span> },
        { key: 'new', nowrap: true, head: t('new'), cell: (row) => <span className="row"><Grade grade={row.grade.model} /> {row.score.model}</span> },
        { key: 'because', head: t('because'), cell: (row) => <Reasons of={row.because} /> },
      ]} />
      <div className="comparegrid"><Examples title={t('lost')} of={report.lost} /><Examples title={t('gained')} of={report.gained} /></div>
    </div>
  );
}

export function Compare() {
  const t = useWords(studioWords);
  const [report, setReport] = useState<Report | null>(null);
  const [wrong, setWrong] = useState('');
  const read = async (file: File | undefined) => {
    if (!file) return;
    const found = parse(await file.text());
    setReport(found);
    setWrong(found ? '' : t('notReport', { name: file.name }));
  };
  return (
    <Panel title={t('compare')} side={report && <button type="button" className="ghost small" onClick={() => setReport(null)}>{t('closeReport')}</button>}>
      {report ? <Shown report={report} /> : (
        <div className="stack" onDragOver={(event) => event.preventDefault()} onDrop={(event) => { event.preventDefault(); void read(event.dataTransfer.files[0]); }}>
          <p>{t('compareHint')}</p>
          <pre className="command"><code>vestigo backtest NEW --against OLD --out report</code></pre>
          <label className="field reportfile"><span>{t('reportFile')}</span><input type="file" accept=".json,application/json" onChange={(event) => void read(event.target.files?.[0])} /></label>
          {wrong && <p role="alert" className="formerror">{wrong}</p>}
        </div>
      )}
    </Panel>
  );
}
