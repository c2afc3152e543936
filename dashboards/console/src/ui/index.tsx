// The parts of which pages are made: level, chip, state, empty, waterfall, table, links. Styles: style/ui.css.
import { Link } from '@tanstack/react-router';
import { useId, useState, type ReactNode } from 'react';
import type { Evidence } from '~/api/client';
import { useText, useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useModelNames, useNames } from '~/i18n/domain';
import { day, stamp, useFormat } from '~/i18n/time';
import { useTitle } from './title';

export { ProblemBox, Waiting } from './problem';
export { Icon, type IconName } from './icon';

const SHAPE: Record<string, string> = {
  red: 'M6 .8 11.2 6 6 11.2 .8 6z', // diamond
  orange: 'M6 1 11.4 11H.6z', // triangle
  yellow: 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1z', // disc
  blue: 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1zm0 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6z', // ring
};

/** A level by shape, text and colour. `short` leaves the text to the screen reader. */
export function Level({ level, short }: { level: string | null | undefined; short?: boolean }) {
  const name = useNames();
  if (!level) return <span className="level none">—</span>;
  const text = name('level', level);
  return (
    <span className={`level ${level}`} title={text}>
      <svg viewBox="0 0 12 12" aria-hidden="true"><path d={SHAPE[level]} fillRule="evenodd" /></svg>
      <span className={short ? 'sr' : undefined}>{text}</span>
    </span>
  );
}

export function Grade({ grade }: { grade: string | null | undefined }) {
  const c = useWords(common);
  return grade ? <span className={`grade g${grade}`} title={`${c('grade')} ${grade}`}>{grade}</span> : <span className="muted">—</span>;
}

export function Chip({ children, tone, title }: { children: ReactNode; tone?: 'good' | 'warn' | 'bad' | 'accent'; title?: string }) {
  return <span className={`chip ${tone ?? ''}`} title={title}>{children}</span>;
}

const STATE_TONE: Record<string, string> = {
  overdue: 'bad', dispatched: 'accent', escalated: 'warn', waiting: 'warn', returned: 'warn', acknowledged: 'good',
  in_hand: 'good', joint: 'good', withdrawn: 'dim', closed: 'dim', recalled: 'dim', ended: 'dim',
};

export function State({ state }: { state: string }) {
  const name = useNames();
  return <span className={`state ${STATE_TONE[state] ?? ''}`}>{name('state', state)}</span>;
}

/** Says that there is nothing, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 48 48" aria-hidden="true"><path d="M6 30l6-18h24l6 18v10H6zM6 30h11l3 5h8l3-5h11" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" /></svg>
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}

/** An enterprise: its name, its code, and the way to its profile. */
export function Firm({ uscc, name, code = true }: { uscc: string; name?: string | null; code?: boolean }) {
  return (
    <span className="firm">
      <Link to="/enterprises/$uscc" params={{ uscc }}>{name || uscc}</Link>
      {code && name && <code className="uscc">{uscc}</code>}
    </span>
  );
}

export function When({ at, date }: { at: string | null | undefined; date?: boolean }) {
  if (!at) return <span className="muted">—</span>;
  return <time dateTime={at} title={stamp(at)}>{date ? day(at) : stamp(at)}</time>;
}

export function Copy({ text }: { text: string }) {
  const c = useWords(common);
  const [done, setDone] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => setDone(true));
    window.setTimeout(() => setDone(false), 1500);
  };
  return <button type="button" className="ghost small" onClick={copy}>{done ? c('copied') : c('copy')}</button>;
}

export interface Column<T> {
  key: string;
  head: ReactNode;
  cell: (row: T) => ReactNode;
  align?: 'right';
  /** Never broken over lines. */
  nowrap?: boolean;
  /** A fixed width in px; others share the rest. */
  width?: number;
  sort?: (a: T, b: T) => number;
}

/** A table. For long lists see ui/list.tsx. */
export function DataTable<T>({ columns, rows, rowKey, caption, empty }: {
  columns: Column<T>[]; rows: T[]; rowKey: (row: T, index: number) => string; caption: string; empty?: ReactNode;
}) {
  const [sort, setSort] = useState<{ key: string; down: boolean } | null>(null);
  const by = columns.find((column) => column.key === sort?.key)?.sort;
  const shown = by ? rows.toSorted((a, b) => (sort!.down ? -by(a, b) : by(a, b))) : rows;
  if (rows.length === 0) return <>{empty ?? <Empty title={caption} />}</>;
  return (
    <div className="tablewrap" tabIndex={0} role="region" aria-label={caption}>
      <table className="table">
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.align} style={column.width ? { width: column.width } : undefined}
                aria-sort={sort?.key === column.key ? (sort.down ? 'descending' : 'ascending') : undefined}>
                {column.sort ? (
                  <button type="button" className="sort" onClick={() => setSort({ key: column.key, down: sort?.key === column.key ? !sort.down : true })}>
                    {column.head}<span aria-hidden="true">{sort?.key === column.key ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                ) : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={rowKey(row, index)}>
              {columns.map((column) => <td key={column.key} className={`${column.align ?? ''} ${column.nowrap ? 'nowrap' : ''}`}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface Bar {
  id: string;
  label: string;
  value: number;
  events?: string[];
  /** A note in small type, e.g. a rarity. */
  note?: string;
}

/** What a number is made of: bars that follow one another up to the sum, and the same as a table. `apart`: each bar from zero, without a sum. */
export function Waterfall({ bars, unit, total, title, apart }: { bars: Bar[]; unit: string; total?: number; title: string; apart?: boolean }) {
  const c = useWords(common);
  const [table, setTable] = useState(false);
  const id = useId();
  const sorted = bars.toSorted((a, b) => b.value - a.value);
  let at = 0;
  const steps = sorted.map((bar) => {
    const from = apart ? 0 : at;
    at = from + bar.value;
    return { ...bar, from, to: at };
  });
  const low = Math.min(0, ...steps.map((step) => Math.min(step.from, step.to)));
  const high = Math.max(1e-9, ...steps.map((step) => Math.max(step.from, step.to)), total ?? 0);
  const x = (value: number) => ((value - low) / (high - low)) * 100;
  const sum = total ?? at;
  const show = (value: number) => `${value > 0 ? '+' : ''}${Math.round(value * 100) / 100}`;
  return (
    <section className="waterfall" aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        <button type="button" className="ghost small" aria-pressed={table} onClick={() => setTable(!table)}>{table ? c('asChart') : c('asTable')}</button>
      </header>
      {table ? (
        <DataTable caption={title} rows={steps} rowKey={(step) => step.id} columns={[
          { key: 'label', head: c('statement'), cell: (step) => step.label },
          { key: 'value', head: unit, align: 'right', cell: (step) => show(step.value), sort: (a, b) => a.value - b.value },
          { key: 'events', head: c('events'), cell: (step) => <Events ids={step.events ?? []} /> },
        ]} />
      ) : (
        <ol>
          {steps.map((step) => (
            <li key={step.id}>
              <span className="label" title={step.label}>{step.label}{step.note && <small> {step.note}</small>}</span>
              <span className="track" aria-hidden="true">
                <span className={step.value < 0 ? 'bar minus' : 'bar'} style={{ left: `${x(Math.min(step.from, step.to))}%`, width: `${Math.max(0.5, x(Math.max(step.from, step.to)) - x(Math.min(step.from, step.to)))}%` }} />
              </span>
              <span className="value">{show(step.value)}</span>
            </li>
          ))}
          {!apart && <li className="sum">
            <span className="label">{c('total')}</span>
            <span className="track" aria-hidden="true"><span className="bar sum" style={{ left: `${x(Math.min(0, sum))}%`, width: `${Math.abs(x(sum) - x(0))}%` }} /></span>
            <span className="value">{Math.round(sum * 100) / 100} {unit}</span>
          </li>}
        </ol>
      )}
    </section>
  );
}

/** Contributions of an index as bars. */
export function useContributionBars() {
  const names = useModelNames();
  return (lines: { indicator: string; points: number; events: string[] }[]): Bar[] =>
    lines.map((line) => ({ id: line.indicator, label: /^(cap:|floor)/.test(line.indicator) ? names.indicator(line.indicator) : `${line.indicator} ${names.indicator(line.indicator)}`, value: line.points, events: line.events }));
}

/** The events that something rests on, `source#id` each, folded. */
export function Events({ ids }: { ids: string[] }) {
  const c = useWords(common);
  if (ids.length === 0) return <span className="muted">—</span>;
  return (
    <details className="events">
      <summary>{c('events')} {ids.length}</summary>
      <ul>{ids.map((id) => <li key={id}><code>{id}</code></li>)}</ul>
    </details>
  );
}

/** Lines of evidence with their weights; what speaks against it is always shown. */
export function EvidenceList({ lines, against }: { lines?: Evidence[]; against: Evidence[] }) {
  const c = useWords(common);
  const text = useText();
  const item = (line: Evidence, index: number) => (
    <li key={index}>
      <span className="weight">{line.weight > 0 ? '+' : ''}{line.weight}</span>
      <span>{text(line.statement)}</span>
      <Events ids={line.events} />
    </li>
  );
  return (
    <div className="evidence">
      {lines && <><h3>{c('evidenceFor')}</h3><ul>{lines.map(item)}</ul></>}
      <h3>{c('evidenceAgainst')}</h3>
      {against.length ? <ul className="against">{against.map(item)}</ul> : <p className="muted">{c('noCounter')}</p>}
    </div>
  );
}

/** A due time with what is left of it, against the clock that counts (see `useNow`). */
export function Due({ at, now, overdue, done }: { at: string; now: number; overdue: boolean; done?: boolean }) {
  const c = useWords(common);
  const format = useFormat();
  const left = new Date(at).getTime() - now;
  if (done) return <When at={at} />;
  return (
    <span className={overdue || left < 0 ? 'due late' : left < 4 * 3_600_000 ? 'due soon' : 'due'} title={stamp(at)}>
      {overdue || left < 0 ? `${c('overdue')} ${format.span(left)}` : format.span(left)}
    </span>
  );
}

export function Page({ title, side, children, wide }: { title?: ReactNode; side?: ReactNode; children: ReactNode; wide?: boolean }) {
  useTitle(typeof title === 'string' ? title : undefined);
  return (
    <div className={wide ? 'page wide' : 'page'}>
      {title && <header className="pagehead"><h1>{title}</h1>{side && <div className="side">{side}</div>}</header>}
      {children}
    </div>
  );
}

export function Panel({ title, side, children, className }: { title?: ReactNode; side?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`panel ${className ?? ''}`}>
      {title && <header><h2>{title}</h2>{side}</header>}
      {children}
    </section>
  );
}

export function Field({ label, children, hint }: { label: string; children: ReactNode; hint?: string }) {
  return <label className="field"><span>{label}</span>{children}{hint && <small>{hint}</small>}</label>;
}
