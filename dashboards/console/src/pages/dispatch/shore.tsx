// Where along the coast was something seen? A schematic grid: a row is a segment, a box a cell of it.
import { useWords } from '~/i18n';
import type { Schemas } from '~/api/client';
import { dispatchWords } from './words';

type Cell = Schemas['Cell'];

/** `DF-07-12` is cell 12 of segment `DF-07`; other names stand in one row. */
function place(grid: string): { segment: string; cell: number | null } {
  const found = /^(.*)-(\d+)$/.exec(grid);
  return found ? { segment: found[1]!, cell: Number(found[2]) } : { segment: '', cell: null };
}

export function ShoreGrid({ cells, chosen, onChoose }: { cells: Cell[]; chosen?: string; onChoose: (grid: string | undefined) => void }) {
  const t = useWords(dispatchWords);
  const placed = cells.map((own) => ({ own, ...place(own.grid) }));
  const max = Math.max(...cells.map((cell) => cell.sightings));
  const columns = Math.max(...placed.map((one) => one.cell ?? 0), 9) + 1;
  const named = [...new Set(placed.filter((one) => one.cell !== null).map((one) => one.segment))];
  const rows = fill(named);
  const box = (cell: Cell, label: string) => (
    <button key={cell.grid} type="button" className="cell" aria-pressed={chosen === cell.grid} style={{ '--part': cell.sightings / max } as React.CSSProperties}
      aria-label={t('cell', { id: cell.grid, n: cell.sightings, on: cell.last_on })} title={t('cell', { id: cell.grid, n: cell.sightings, on: cell.last_on })}
      onClick={() => onChoose(chosen === cell.grid ? undefined : cell.grid)}>{label}</button>
  );
  const loose = placed.filter((one) => one.cell === null);
  return (
    <div className="shore" role="group" aria-label={t('shore')} style={{ '--cells': columns } as React.CSSProperties}>
      {rows.map((segment) => (
        <div key={segment} className="rowline">
          <span>{segment}</span>
          {Array.from({ length: columns }, (_, index) => {
            const here = placed.find((one) => one.segment === segment && one.cell === index);
            return here ? box(here.own, String(here.own.sightings)) : <span key={index} className="cell" aria-hidden="true" />;
          })}
        </div>
      ))}
      {loose.length > 0 && <div className="row">{loose.map((one) => box(one.own, `${one.own.grid} ${one.own.sightings}`))}</div>}
    </div>
  );
}

/** Segments with the numbers between them, so that a gap in the coast is seen as one. */
function fill(segments: string[]): string[] {
  const parts = segments.map((segment) => /^(.*?)(\d+)$/.exec(segment));
  if (parts.length === 0 || parts.some((part) => !part) || new Set(parts.map((part) => part![1])).size !== 1) return segments.toSorted();
  const numbers = parts.map((part) => Number(part![2]));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (high - low > 60) return segments.toSorted();
  const [prefix, width] = [parts[0]![1]!, parts[0]![2]!.length];
  return Array.from({ length: high - low + 1 }, (_, index) => prefix + String(low + index).padStart(width, '0'));
}
