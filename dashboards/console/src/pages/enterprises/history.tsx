// How did the index come to stand where it stands? A stepped line, lanes of events below it, and the same as a table.
import { useMemo, useState } from 'react';
import type { Schemas } from '~/api/client';
import { useText, useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { day as dayOf } from '~/i18n/time';
import { DataTable, Empty, Grade, Panel } from '~/ui';
import { useWidth } from '~/ui/width';
import { Change, Then, type PastLine } from './then';
import { firmWords } from './words';

export type Row = Schemas['TimelineRow'];
type Score = Schemas['ScoreDay'];
const LANES = ['registration', 'penalty', 'enforcement', 'inspection', 'other2'] as const;
export type Lane = (typeof LANES)[number];

export function laneOf(type: string): Lane {
  if (/^(registration|licence|commitment|identity)/.test(type)) return 'registration';
  if (/^(penalty|listing|tax)/.test(type)) return 'penalty';
  if (/^(court|enforcement|case|debt)/.test(type)) return 'enforcement';
  if (/^(inspection|complaint|sample|opinion)/.test(type)) return 'inspection';
  return 'other2';
}

const HEIGHT = 150;
const LANE = 19;
const LEFT = 118;
const RIGHT = 14;
const time = (day: string) => new Date(`${day.slice(0, 10)}T00:00:00+08:00`).getTime();
const MONTH = 30.5 * 86_400_000;

/** Months to be named below a line of this length. */
function ticks(from: number, to: number, width: number): number[] {
  const every = Math.max(1, Math.ceil((to - from) / MONTH / Math.max(2, width / 80)));
  const marks: number[] = [];
  const at = new Date(from);
  for (let month = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)); month.getTime() <= to; month = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + every, 1))) marks.push(month.getTime());
  return marks;
}

interface Props {
  uscc: string;
  history: Score[];
  /** The lines of now; undefined where reasons are not to be seen. */
  lines: PastLine[] | null | undefined;
  rows: Row[];
  until: string;
  chosen: string | undefined;
  onChoose: (day: string | undefined) => void;
  onAsOf: (day: string) => void;
}

export function History({ uscc, history, lines, rows, until, chosen, onChoose, onAsOf }: Props) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const text = useText();
  const [table, setTable] = useState(false);
  const [box, width] = useWidth<HTMLDivElement>();
  const events = useMemo(() => rows.map((row) => ({ row, lane: laneOf(row.type), at: new Date(row.at).getTime() })), [rows]);
  const steps = useMemo(() => history.map((score, index) => ({ ...score, change: score.score - (history[index - 1]?.score ?? 0) })), [history]);
  if (steps.length === 0) return <Panel title={t('history')}><Empty title={t('noHistory')} /></Panel>;
  const first = Math.min(time(steps[0]!.day), ...events.slice(0, 400).map((event) => event.at));
  const from = Math.max(first, time(until) - 3 * 366 * 86_400_000);
  const to = Math.max(time(until), time(steps.at(-1)!.day)) + 86_400_000;
  const inner = Math.max(10, width - LEFT - RIGHT);
  const x = (at: number) => LEFT + (Math.max(0, at - from) / (to - from)) * inner;
  const top = Math.max(100, ...steps.map((step) => step.score)) * 1.1;
  const every = [10, 20, 50, 100, 200, 250].find((step) => top / step <= 4.5) ?? 500;
  const marks = Array.from({ length: Math.floor(top / every) + 1 }, (_, index) => index * every);
  const y = (score: number) => HEIGHT - 6 - (score / top) * (HEIGHT - 22);
  let path = '';
  steps.forEach((step, index) => {
    path += index === 0 ? `M${x(from)} ${y(0)}H${x(time(step.day))}V${y(step.score)}` : `H${x(time(step.day))}V${y(step.score)}`;
  });
  path += `H${x(to)}`;
  const area = `${path}V${y(0)}H${x(from)}z`;
  const height = HEIGHT + LANES.length * LANE + 22;
  const place = steps.findIndex((step) => step.day === chosen);
  const now = steps[place];
  const learned = chosen ? rows.filter((row) => dayOf(row.at) === chosen) : [];
  return (
    <Panel title={t('history')} side={<button type="button" className="ghost small" aria-pressed={table} onClick={() => setTable(!table)}>{table ? c('asChart') : c('asTable')}</button>}>
      {table ? (
        <DataTable caption={t('historyTable')} rows={steps.toReversed()} rowKey={(step) => step.day} columns={[
          { key: 'day', head: t('day'), cell: (step) => <button type="button" className="ghost small" aria-pressed={step.day === chosen} onClick={() => onChoose(step.day)}>{step.day}</button> },
          { key: 'score', head: t('index'), align: 'right', cell: (step) => step.score },
          { key: 'change', head: t('change'), align: 'right', cell: (step) => <Change by={step.change} />, sort: (a, b) => a.change - b.change },
          { key: 'grade', head: t('grade'), cell: (step) => <Grade grade={step.grade} /> },
        ]} />
      ) : (
        <div ref={box} className="history">
          {width > 0 && (
            <svg width={width} height={height} role="group" aria-label={t('historyHint')}>
              {marks.map((mark) => (
                <g key={mark}><line x1={LEFT} x2={width - RIGHT} y1={y(mark)} y2={y(mark)} className="gridline" /><text x={LEFT - 8} y={y(mark) + 4} textAnchor="end">{mark}</text></g>
              ))}
              {ticks(from, to, inner).map((at) => (
                <g key={at}><line x1={x(at)} x2={x(at)} y1={8} y2={height - 18} className="gridline" /><text x={x(at)} y={height - 4} textAnchor="middle">{dayOf(new Date(at)).slice(0, 7)}</text></g>
              ))}
              <path d={area} className="area" /><path d={path} className="line" />
              {LANES.map((lane, index) => (
                <g key={lane} transform={`translate(0 ${HEIGHT + index * LANE})`}>
                  <text x={LEFT - 8} y={LANE / 2 + 4} textAnchor="end">{t(lane)}</text>
                  <line x1={LEFT} x2={width - RIGHT} y1={LANE / 2} y2={LANE / 2} className="lane" />
                  {events.filter((event) => event.lane === lane && event.at >= from).map((event, at) => (
                    <circle key={at} cx={x(event.at)} cy={LANE / 2} r={3.5} className={`event ${lane} ${event.row.op === 'retired' ? 'retired' : ''}`}><title>{`${dayOf(event.row.at)} ${text(event.row.statement) || event.row.type}`}</title></circle>
                  ))}
                </g>
              ))}
              {chosen && <line x1={x(time(chosen))} x2={x(time(chosen))} y1={4} y2={height - 18} className="cursor" />}
              {steps.filter((step) => time(step.day) >= from).map((step) => {
                const label = `${t('score', { day: step.day, score: step.score, grade: step.grade })} · ${step.change < 0 ? t('fell') : t('rose')} ${Math.abs(step.change)}`;
                const choose = () => onChoose(step.day === chosen ? undefined : step.day);
                const at = [x(time(step.day)), y(step.score)] as const;
                // Decay moves an index by a point or two: such steps are drawn small.
                const r = step.day === chosen ? 6 : Math.abs(step.change) < top / 40 ? 2.2 : 4;
                return (
                  <g key={step.day} className={`step ${step.change < 0 ? 'down' : ''}`} role="button" tabIndex={0} aria-label={label} aria-pressed={step.day === chosen}
                    onClick={choose} onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && (event.preventDefault(), choose())}>
                    {step.change < 0 ? <path d={`M${at[0] - r - 1} ${at[1] - r}h${2 * r + 2}l${-r - 1} ${2 * r}z`} /> : <circle cx={at[0]} cy={at[1]} r={r} />}
                    <title>{label}</title>
                  </g>
                );
              })}
            </svg>
          )}
        </div>
      )}
      {now ? (
        <section className="stepbox" aria-label={now.day}>
          <header className="row">
            <p role="status"><b>{now.day}</b> · {t('index')} {now.score - now.change} → <b>{now.score}</b> <Change by={now.change} /> <Grade grade={now.grade} /></p>
            <span className="grow" />
            <button type="button" className="small" disabled={place === 0} onClick={() => onChoose(steps[place - 1]?.day)}>← {t('stepBack')}</button>
            <button type="button" className="small" disabled={place === steps.length - 1} onClick={() => onChoose(steps[place + 1]?.day)}>{t('stepOn')} →</button>
            <button type="button" className="small" onClick={() => onAsOf(now.day)}>{t('seeAsOf')}</button>
            <button type="button" className="ghost small" onClick={() => onChoose(undefined)}>{t('closeStep')}</button>
          </header>
          <Then uscc={uscc} day={now.day} now={lines} />
          <h3>{t('learned')}</h3>
          {learned.length === 0 ? <p className="muted">{t('nothingLearned')}</p> : <ul>{learned.map((row, index) => <li key={index}>{text(row.statement) || row.type} <small>{row.op === 'retired' ? t('retired') : ''} {row.event}</small></li>)}</ul>}
        </section>
      ) : <p className="muted hint">{t('historyHint')}</p>}
    </Panel>
  );
}
