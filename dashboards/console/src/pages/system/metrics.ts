// What does the text of Prometheus say? Samples by name, and quantiles of histograms.

export interface Sample { name: string; labels: Record<string, string>; value: number }

/** The samples of a text of format 0.0.4; lines that are none are passed over. */
export function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!found || line.startsWith('#')) continue;
    const labels: Record<string, string> = {};
    for (const [, key, value] of (found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key!] = value!;
    const value = found[3] === '+Inf' ? Infinity : Number(found[3]);
    samples.push({ name: found[1]!, labels, value });
  }
  return samples;
}

export const sum = (samples: Sample[], name: string, labels: Record<string, string> = {}) =>
  samples.filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value)).reduce((total, one) => total + one.value, 0);

/** The upper end of the bucket that holds a quantile, as a bound: `Infinity` beyond the last. */
export function quantile(samples: Sample[], name: string, q: number): { bound: number; count: number } | null {
  const buckets = samples.filter((one) => one.name === `${name}_bucket`).map((one) => ({ end: one.labels.le === '+Inf' ? Infinity : Number(one.labels.le), value: one.value })).toSorted((a, b) => a.end - b.end);
  const count = sum(samples, `${name}_count`);
  if (count === 0 || buckets.length === 0) return null;
  return { bound: buckets.find((bucket) => bucket.value >= q * count)?.end ?? Infinity, count };
}

/** Buckets as differences: how many fell into each. */
export function buckets(samples: Sample[], name: string): { end: number; count: number }[] {
  const all = samples.filter((one) => one.name === `${name}_bucket`).map((one) => ({ end: one.labels.le === '+Inf' ? Infinity : Number(one.labels.le), value: one.value })).toSorted((a, b) => a.end - b.end);
  return all.map((bucket, index) => ({ end: bucket.end, count: bucket.value - (all[index - 1]?.value ?? 0) }));
}

/** Seconds in words: `5 ms`, `2 s`. */
export const seconds = (value: number) => (value < 1 ? `${Math.round(value * 1000)} ms` : `${value} s`);

/** Bytes in words. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) { value /= 1024; at += 1; }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}
