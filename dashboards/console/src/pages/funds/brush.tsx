// Which months? Bars of what came in and went out, with a stretch of them chosen by dragging or by two sliders.
import { useRef } from 'react';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import type { Step } from './money';
import { fundWords } from './words';

export function Brush({ bars, from, to, onChange }: { bars: Step[]; from: number; to: number; onChange: (from: number, to: number) => void }) {
  const t = useWords(fundWords);
  const { yuan } = useFormat();
  const svg = useRef<SVGSVGElement>(null);
  const start = useRef<number | null>(null);
  const max = Math.max(1, ...bars.map((bar) => Math.max(bar.in, bar.out)));
  const width = 100 / bars.length;
  // A few bars stay narrow.
  const thick = Math.min(width * 0.7, 4);
  const at = (event: React.PointerEvent) => {
    const box = svg.current!.getBoundingClientRect();
    return Math.max(0, Math.min(bars.length - 1, Math.floor(((event.clientX - box.left) / box.width) * bars.length)));
  };
  const drag = (event: React.PointerEvent) => {
    if (start.current === null) return;
    const here = at(event);
    onChange(Math.min(start.current, here), Math.max(start.current, here));
  };
  return (
    <div className="brush">
      <svg ref={svg} viewBox="0 0 100 60" preserveAspectRatio="none" aria-hidden="true"
        onPointerDown={(event) => { start.current = at(event); svg.current!.setPointerCapture(event.pointerId); drag(event); }}
        onPointerMove={drag} onPointerUp={() => { start.current = null; }}>
        <rect className="chosen" x={from * width} width={(to - from + 1) * width} y="0" height="60" />
        <line x1="0" x2="100" y1="30" y2="30" />
        {bars.map((bar, index) => (
          <g key={bar.key} className={index < from || index > to ? 'outside' : ''}>
            <rect className="in" x={index * width + (width - thick) / 2} width={thick} y={30 - (bar.in / max) * 28} height={(bar.in / max) * 28} />
            <rect className="out" x={index * width + (width - thick) / 2} width={thick} y="30" height={(bar.out / max) * 28} />
            <rect className="hit" x={index * width} width={width} y="0" height="60"><title>{`${bar.key}: +${yuan(bar.in)} −${yuan(bar.out)}`}</title></rect>
          </g>
        ))}
      </svg>
      <div className="sliders">
        <label><span>{t('fromMonth')}</span> <input type="range" min={0} max={bars.length - 1} value={from} aria-valuetext={bars[from]?.key} onChange={(event) => onChange(Math.min(Number(event.target.value), to), to)} /> <b>{bars[from]?.key}</b></label>
        <label><span>{t('toMonth')}</span> <input type="range" min={0} max={bars.length - 1} value={to} aria-valuetext={bars[to]?.key} onChange={(event) => onChange(from, Math.max(Number(event.target.value), from))} /> <b>{bars[to]?.key}</b></label>
        <small>{t('inBars')}</small>
      </div>
    </div>
  );
}
