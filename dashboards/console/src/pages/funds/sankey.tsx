// Where did the money come from and go to? Payers, the enterprise, payees; widths are amounts.
import { sankey, sankeyLinkHorizontal } from 'd3-sankey';
import { useMemo } from 'react';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import type { sides } from './money';
import { fundWords, type FundWord } from './words';

interface Box { id: string; party?: string; name: string; kind: 'in' | 'out' | 'centre'; number: number }
interface Line { source: string; target: string; value: number; number: number }

const WIDTH = 820;
const LABEL = 250;

/** A name as long as there is room: a Chinese character takes two places. */
function short(name: string): string {
  let room = 27;
  for (let at = 0; at < name.length; at += 1) {
    room -= name.charCodeAt(at) > 0x2e80 ? 2 : 1;
    if (room < 0) return `${name.slice(0, at)}…`;
  }
  return name;
}

export function usePartyName() {
  const t = useWords(fundWords);
  return (id: string, name?: string) => {
    const [kind, account] = id.split(' ');
    if (name || !account) return name ?? id;
    return `${kind === 'person' ? t('persons') : t(kind as FundWord)} ${account}`;
  };
}

export function Sankey({ centre, flows, selected, onSelect }: { centre: string; flows: ReturnType<typeof sides>; selected?: string; onSelect: (party: string | undefined) => void }) {
  const t = useWords(fundWords);
  const { yuan } = useFormat();
  const nameOf = usePartyName();
  const rows = Math.max(flows.in.shown.length + (flows.in.rest.count ? 1 : 0), flows.out.shown.length + (flows.out.rest.count ? 1 : 0), 3);
  const height = rows * 33 + 10;
  const drawn = useMemo(() => {
    const boxes: Box[] = [{ id: 'centre', name: centre, kind: 'centre', number: 0 }];
    const lines: Line[] = [];
    for (const way of ['in', 'out'] as const) {
      const add = (box: Omit<Box, 'kind'>, value: number) => {
        boxes.push({ ...box, kind: way });
        lines.push(way === 'in' ? { source: box.id, target: 'centre', value, number: box.number } : { source: 'centre', target: box.id, value, number: box.number });
      };
      for (const one of flows[way].shown) add({ id: `${way} ${one.id}`, party: one.id, name: nameOf(one.id, one.name), number: one.number }, one[way]);
      const { rest } = flows[way];
      if (rest.count > 0) add({ id: `${way} rest`, name: t('others', { n: rest.count }), number: rest.number }, rest.amount);
    }
    // A party may be so small that it would vanish: the layout is for the eye, the numbers are beside it.
    const layout = sankey<Box, Line>().nodeId((box) => box.id).nodeWidth(14).nodePadding(20).extent([[LABEL, 6], [WIDTH - LABEL, height - 6]])
      .nodeSort((a, b) => boxes.indexOf(a as Box) - boxes.indexOf(b as Box));
    return layout({ nodes: boxes.map((box) => ({ ...box })), links: lines.map((line) => ({ ...line })) });
  }, [flows, centre, height, t, nameOf]);
  const path = sankeyLinkHorizontal<Box, Line>();
  return (
    <svg className="sankey" viewBox={`0 0 ${WIDTH} ${height}`} role="group" aria-label={t('sankey')}>
      {drawn.links.map((line) => {
        const [source, target] = [line.source as unknown as Box, line.target as unknown as Box];
        const outer = source.kind === 'centre' ? target : source;
        const text = t('link', { from: source.name, to: target.name, amount: yuan(line.value), n: line.number });
        return <path key={outer.id} d={path(line) ?? ''} className={`flow ${outer.kind} ${selected && outer.party !== selected ? 'dimmed' : ''}`} strokeWidth={Math.max(1, line.width ?? 1)}><title>{text}</title></path>;
      })}
      {drawn.nodes.map((box) => {
        const [x0, x1, y0, y1] = [box.x0 ?? 0, box.x1 ?? 0, box.y0 ?? 0, box.y1 ?? 0];
        const middle = (y0 + y1) / 2;
        if (box.kind === 'centre') {
          return <g key={box.id}><rect x={x0} y={y0} width={x1 - x0} height={Math.max(2, y1 - y0)} className="box centre" />
            {flows.out.amount === 0 && <text x={x1 + 8} y={middle + 4}>{t('centre')}</text>}
            {flows.in.amount === 0 && <text x={x0 - 8} y={middle + 4} textAnchor="end">{t('centre')}</text>}
          </g>;
        }
        const left = box.kind === 'in';
        const pick = box.party ? () => onSelect(selected === box.party ? undefined : box.party) : undefined;
        return (
          <g key={box.id} role={pick ? 'button' : 'img'} tabIndex={pick ? 0 : undefined} aria-pressed={pick ? selected === box.party : undefined}
            aria-label={`${short(box.name)} ${yuan(box.value ?? 0)} · ${box.number} — ${t('node', { name: box.name, amount: yuan(box.value ?? 0), n: box.number })}`} className={`party ${pick ? '' : 'rest'} ${selected && box.party !== selected ? 'dimmed' : ''}`}
            onClick={pick} onKeyDown={(event) => pick && (event.key === 'Enter' || event.key === ' ') && (event.preventDefault(), pick())}>
            <rect x={left ? 0 : x0} y={middle - 11} width={left ? x1 : WIDTH - x0} height={22} className="hit" />
            <rect x={x0} y={y0} width={x1 - x0} height={Math.max(2, y1 - y0)} className={`box ${box.kind}`} />
            <text x={left ? x0 - 8 : x1 + 8} y={middle + 4} textAnchor={left ? 'end' : 'start'}>
              <title>{box.name}</title>{short(box.name)} <tspan className="amount">{yuan(box.value ?? 0)} · {box.number}</tspan>
            </text>
          </g>
        );
      })}
    </svg>
  );
}
