// How do two lives lie beside each other? What happened to either firm by the time it was learned, and the staff of both.
import { useText, useWords } from '~/i18n';
import { day as dayOf } from '~/i18n/time';
import { useWidth } from '~/ui/width';
import type { Enterprise } from '~/api/client';
import { laneOf, type Row } from '../enterprises/history';
import { pairWords } from './words';

export interface Life {
  firm: Enterprise;
  rows: Row[];
}

const LEFT = 10;
const at = (day: string) => new Date(day.length > 10 ? day : `${day.slice(0, 10)}T00:00:00+08:00`).getTime();
const QUIET = /^(activity|staff|funds|fund|transfer|tax\.reported|energy)/;

function marks(rows: Row[]) {
  return rows.filter((row) => !QUIET.test(row.type)).toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** A line for each firm from its establishment to its end, with what happened. */
export function Lives({ old, next, now }: { old: Life; next: Life; now: number }) {
  const t = useWords(pairWords);
  const text = useText();
  const [box, width] = useWidth<HTMLDivElement>();
  const all = [old, next];
  const begins = all.flatMap(({ firm, rows }) => [firm.established_on ? at(firm.established_on) : now, ...marks(rows).map((row) => at(row.at))]);
  // The beginning of an old firm may lie far back: the story is in the last three years.
  const from = Math.max(Math.min(...begins), now - 3 * 366 * 86_400_000);
  const inner = Math.max(10, width - 2 * LEFT);
  const x = (time: number) => LEFT + (Math.max(0, time - from) / Math.max(1, now - from)) * inner;
  const every = Math.max(1, Math.ceil(((now - from) / (30.4 * 86_400_000)) / Math.max(2, inner / 90)));
  const months: number[] = [];
  const start = new Date(from);
  for (let index = 1; ; index += every) {
    const month = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + index, 1);
    if (month > now) break;
    months.push(month);
  }
  return (
    <figure className="lives" aria-label={t('lives')}>
      <div ref={box}>
        {width > 0 && (
          <svg width={width} height={122} role="img" aria-label={all.map(({ firm, rows }) => `${firm.name}: ${firm.established_on ?? ''} ${marks(rows).slice(-12).map((row) => `${dayOf(row.at)} ${text(row.statement) || row.type}`).join('; ')}`).join(' | ')}>
            {months.map((month) => <g key={month}><line x1={x(month)} x2={x(month)} y1={0} y2={104} className="gridline" /><text x={x(month)} y={118} textAnchor="middle">{dayOf(new Date(month)).slice(0, 7)}</text></g>)}
            {all.map(({ firm, rows }, index) => {
              const y = 26 + index * 52;
              const begin = firm.established_on ? at(firm.established_on) : from;
              const end = firm.ended_on ? at(firm.ended_on) : now;
              return (
                <g key={firm.uscc} className={index === 0 ? 'old' : 'next'}>
                  <text x={x(Math.max(begin, from))} y={y - 12} className="name">{index === 0 ? t('old') : t('now')} {firm.name}</text>
                  <line x1={x(begin)} x2={x(end)} y1={y} y2={y} className="life" />
                  {begin >= from && <circle cx={x(begin)} cy={y} r={5} className="begin"><title>{`${t('established')} ${firm.established_on}`}</title></circle>}
                  {firm.ended_on && <path d={`M${x(end) - 5} ${y - 5}l10 10m0-10l-10 10`} className="end"><title>{`${t('ended')} ${firm.ended_on}`}</title></path>}
                  {marks(rows).map((row, i) => {
                    const lane = laneOf(row.type);
                    return <rect key={i} x={x(at(row.at)) - 3.5} y={y - 3.5} width={7} height={7} rx={lane === 'registration' ? 3.5 : 1} className={`event ${lane}`}><title>{`${dayOf(row.at)} ${text(row.statement) || row.type}`}</title></rect>;
                  })}
                </g>
              );
            })}
          </svg>
        )}
      </div>
      <ol className="sr">
        {all.flatMap(({ firm, rows }) => marks(rows).map((row, index) => <li key={`${firm.uscc}${index}`}>{firm.name} {dayOf(row.at)} {text(row.statement) || row.type}</li>))}
      </ol>
    </figure>
  );
}

/** Insured staff of both by month: a switch shows where one falls and the other rises. */
export function Staff({ old, next }: { old: Enterprise; next: Enterprise }) {
  const t = useWords(pairWords);
  const [box, width] = useWidth<HTMLDivElement>();
  const months = [...new Set([...old.headcount, ...next.headcount].map((one) => one.month))].toSorted().slice(-30);
  if (months.length === 0) return null;
  const of = (firm: Enterprise) => new Map(firm.headcount.map((one) => [one.month, one.value]));
  const series = [of(old), of(next)] as const;
  const high = Math.max(1, ...series.flatMap((one) => [...one.values()]));
  const step = width / months.length;
  const told = months.map((month) => `${month}: ${series[0].get(month) ?? 0} / ${series[1].get(month) ?? 0}`).join(', ');
  return (
    <figure className="staff">
      <figcaption>{t('staffMoves')} <span className="key old">{t('old')}</span> <span className="key next">{t('now')}</span></figcaption>
      <div ref={box}>
        {width > 0 && (
          <svg width={width} height={92} role="img" aria-label={`${t('staffMoves')}. ${told}`}>
            {months.map((month, index) => series.map((one, side) => {
              const value = one.get(month) ?? 0;
              const tall = (value / high) * 66;
              return <rect key={`${month}${side}`} className={side === 0 ? 'old' : 'next'} x={index * step + side * (step / 2 - 0.5) + 1} width={Math.max(1, step / 2 - 1.5)} y={72 - tall} height={Math.max(tall, value ? 1 : 0)}><title>{`${month} ${side === 0 ? t('old') : t('now')} ${value}`}</title></rect>;
            }))}
            {months.map((month, index) => (index % Math.max(1, Math.ceil(64 / step)) === 0 ? <text key={month} x={index * step} y={88}>{month}</text> : null))}
          </svg>
        )}
      </div>
    </figure>
  );
}
