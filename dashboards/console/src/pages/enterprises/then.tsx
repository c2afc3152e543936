// What was the index made of on a past day: before it, at its end, and now?
import { useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '~/api/client';
import { useWords } from '~/i18n';
import { useModelNames } from '~/i18n/domain';
import { DataTable, Waiting } from '~/ui';
import { firmWords } from './words';

export type PastLine = Schemas['PastLine'];
/** The index at the end of a day. */
export type Past = Schemas['IndexThen'];

export const usePast = (uscc: string, day: string | undefined) =>
  useQuery({
    queryKey: ['indices', 'index', uscc, 'on', day],
    queryFn: async () => (await data(api.GET('/api/v1/enterprises/{uscc}/index', { params: { path: { uscc }, query: { on: day } } }))).then ?? null,
    enabled: !!day,
  });

interface Line { indicator: string; before: number; on: number; now: number }

/** Each line as it was the evening before, that evening, and now; what moved on the day comes first. */
function compare(past: Past, now: PastLine[]): Line[] {
  const moved = new Map(past.moved?.map((line) => [line.indicator, line]));
  const then = new Map(past.contributions?.map((line) => [line.indicator, line.points]));
  const today = new Map(now.map((line) => [line.indicator, line.points]));
  const all = new Set([...moved.keys(), ...then.keys(), ...today.keys()]);
  const lines = [...all].map((indicator) => {
    const on = then.get(indicator) ?? 0;
    return { indicator, before: moved.get(indicator)?.before ?? on, on, now: today.get(indicator) ?? 0 };
  });
  const weight = (line: Line) => Math.abs(line.on - line.before) * 10_000 + Math.abs(line.now - line.on) * 10 + Math.abs(line.on) / 1000;
  return lines.toSorted((a, b) => weight(b) - weight(a));
}

const signed = (value: number) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value)}`;

/** A difference, by sign and colour; nothing where there is none. */
export function Change({ by }: { by: number }) {
  if (by === 0) return <span className="muted">—</span>;
  return <b className={by > 0 ? 'rose' : 'fell'}>{by > 0 ? '▲' : '▼'} {signed(by)}</b>;
}

export function Then({ uscc, day, now }: { uscc: string; day: string; now: PastLine[] | null | undefined }) {
  const t = useWords(firmWords);
  const names = useModelNames();
  const query = usePast(uscc, day);
  if (query.data === undefined) return <Waiting query={query} />;
  const past = query.data;
  if (!past || (!past.contributions && !past.known_from)) return <p className="muted">{t('noReasons')}</p>;
  if (!past.contributions) return <p role="note">{t('outOfReach', { day: past.known_from ?? '' })}</p>;
  const lines = compare(past, now ?? []);
  const sum = (of: (line: Line) => number) => lines.reduce((total, line) => total + of(line), 0);
  const rows: Line[] = [...lines, { indicator: '', before: sum((line) => line.before), on: sum((line) => line.on), now: sum((line) => line.now) }];
  const number = (value: number) => (value === 0 ? <span className="muted">—</span> : value);
  return (
    <DataTable caption={t('madeThen', { day })} rows={rows} rowKey={(line) => line.indicator || 'sum'} columns={[
      { key: 'indicator', head: t('line'), cell: (line) => (line.indicator ? <>{/^(cap:|floor)/.test(line.indicator) ? null : <code>{line.indicator}</code>} {names.indicator(line.indicator)}</> : <b>{t('index')}</b>) },
      { key: 'before', nowrap: true, head: t('eve'), align: 'right', cell: (line) => number(line.before) },
      { key: 'on', nowrap: true, head: t('thatDay'), align: 'right', cell: (line) => number(line.on) },
      { key: 'change', nowrap: true, head: t('change'), align: 'right', cell: (line) => <Change by={line.on - line.before} /> },
      { key: 'now', nowrap: true, head: t('today'), align: 'right', cell: (line) => number(line.now) },
      { key: 'since', nowrap: true, head: t('since'), align: 'right', cell: (line) => <Change by={line.now - line.on} /> },
    ]} />
  );
}
