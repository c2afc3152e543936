// How are times, sums and numbers written? `YYYY-MM-DD HH:mm` in China's time whatever the browser's zone; 万 and 亿.
import { useLang, type Lang } from '.';

const ZONE = 'Asia/Shanghai';
const PARTS = new Intl.DateTimeFormat('sv-SE', {
  timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false,
});

/** `2026-06-30 14:05`. */
export const stamp = (time: string | Date): string => PARTS.format(new Date(time)).replace(',', '');
/** `2026-06-30`. */
export const day = (time: string | Date): string =>
  typeof time === 'string' && /^\d{4}-\d\d-\d\d$/.test(time) ? time : stamp(time).slice(0, 10);

/** The span between two moments, in its largest unit: `3 h`, `2 天`. */
export function span(ms: number, lang: Lang): string {
  const minutes = Math.abs(ms) / 60_000;
  const [value, zh, en] =
    minutes < 60 ? [minutes, '分钟', 'min'] : minutes < 2880 ? [minutes / 60, '小时', 'h'] : [minutes / 1440, '天', 'd'];
  return lang === 'zh' ? `${Math.round(value)} ${zh}` : `${Math.round(value)} ${en}`;
}

/** Fen as yuan: `¥76.96 万`, `¥769.6k`. */
export function yuan(fen: number | null | undefined, lang: Lang): string {
  if (fen === null || fen === undefined) return '—';
  const value = fen / 100;
  const style = new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : 'en', { notation: 'compact', maximumFractionDigits: 2 });
  return `¥${style.format(value)}`;
}

export const number = (value: number, lang: Lang): string => new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : 'en').format(value);

export function useFormat() {
  const { lang } = useLang();
  return {
    stamp,
    day,
    span: (ms: number) => span(ms, lang),
    yuan: (fen: number | null | undefined) => yuan(fen, lang),
    number: (value: number) => number(value, lang),
    percent: (share: number) => `${Math.round(share * 1000) / 10} %`,
  };
}
