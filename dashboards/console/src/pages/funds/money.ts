// Who is on the other side, how much, and when? Sums over the payments of one enterprise.
import type { Schemas } from '~/api/client';

export type Payment = Schemas['PaymentShape'];

export interface Party {
  /** The code of an enterprise; of others `person`, `unknown` or `hidden` and the account. */
  id: string;
  name?: string;
  in: number;
  out: number;
  number: number;
}

/** The key of the other side: an enterprise by its code, others by what they are and their masked account. */
export const partyOf = (one: Payment): string => one.other ?? `${one.party === 'enterprise' ? 'hidden' : one.party} ${one.other_account}`;

/** Counterparties, largest turnover first; of equal ones by key, so that the order is always the same. */
export function parties(payments: Payment[]): Party[] {
  const found = new Map<string, Party>();
  for (const one of payments) {
    const id = partyOf(one);
    const party = found.get(id) ?? { id, name: one.other_name ?? undefined, in: 0, out: 0, number: 0 };
    party[one.direction as 'in' | 'out'] += one.amount_fen;
    party.number += 1;
    found.set(id, party);
  }
  return [...found.values()].toSorted((a, b) => b.in + b.out - a.in - a.out || a.id.localeCompare(b.id));
}

/** Bars by day while the payments lie within three months, else by month. */
export type Unit = 'day' | 'month';
const DAYS_MAX = 92;

export const unitOf = (payments: Payment[]): Unit => {
  const times = payments.map((one) => Date.parse(one.at));
  const span = times.reduce((a, b) => Math.max(a, b), -Infinity) - times.reduce((a, b) => Math.min(a, b), Infinity);
  return span <= DAYS_MAX * 86_400_000 ? 'day' : 'month';
};

/** The day or month of a moment, as it stands in China. */
export const keyOf = (time: string, unit: Unit) => time.slice(0, unit === 'day' ? 10 : 7);

export interface Step { key: string; in: number; out: number }

/** Every day or month between the first and the last payment, with what came in and went out. */
export function steps(payments: Payment[], unit: Unit): Step[] {
  if (payments.length === 0) return [];
  const keys = payments.map((one) => keyOf(one.at, unit));
  const [first, last] = [keys.reduce((a, b) => (a < b ? a : b)), keys.reduce((a, b) => (a > b ? a : b))];
  const all: Step[] = [];
  for (let at = new Date(unit === 'day' ? first : `${first}-01`); ; unit === 'day' ? at.setUTCDate(at.getUTCDate() + 1) : at.setUTCMonth(at.getUTCMonth() + 1)) {
    const key = keyOf(at.toISOString(), unit);
    all.push({ key, in: 0, out: 0 });
    if (key >= last) break;
  }
  const by = new Map(all.map((one) => [one.key, one]));
  for (const one of payments) by.get(keyOf(one.at, unit))![one.direction as 'in' | 'out'] += one.amount_fen;
  return all;
}

/** So many parties alone, the rest as one; with net sums, each party stands on one side. */
export function sides(all: Party[], alone: number, net: boolean) {
  const netted = net ? all.map((one) => ({ ...one, in: Math.max(0, one.in - one.out), out: Math.max(0, one.out - one.in) })) : all;
  const side = (way: 'in' | 'out') => {
    const there = netted.filter((one) => one[way] > 0).toSorted((a, b) => b[way] - a[way] || a.id.localeCompare(b.id));
    const [shown, rest] = [there.slice(0, alone), there.slice(alone)];
    const sum = (list: Party[]) => list.reduce((total, one) => total + one[way], 0);
    return { shown, rest: { count: rest.length, amount: sum(rest), number: rest.reduce((total, one) => total + one.number, 0) }, amount: sum(there) };
  };
  return { in: side('in'), out: side('out') };
}
