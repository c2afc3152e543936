// How much is there to do? The load of agencies and divisions, and sums over it.
import { useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '~/api/client';

export type Load = Schemas['LoadShape'];

/** Read again with the tasks, and every half minute since terms run. */
export const useLoad = () =>
  useQuery({ queryKey: ['tasks', 'load'], queryFn: () => data(api.GET('/api/v1/load')), refetchInterval: 30_000, placeholderData: (was) => was });

export const LEVELS = ['red', 'orange', 'yellow', 'blue'] as const;

const NONE: Load = {
  id: '', open: 0, levels: { red: 0, orange: 0, yellow: 0, blue: 0 }, states: {}, overdue: 0, unheld: 0, due_in_a_day: 0,
  forecast: null, handling_minutes: null, first_due_at: null, confirmed: 0, unconfirmed: 0,
};

/** All of them as one. The median of medians is none: it is told for one agency alone. */
export function sum(loads: Load[]): Load {
  if (loads.length === 1) return loads[0]!;
  return loads.reduce((all, one) => {
    const states = { ...all.states };
    for (const [state, count] of Object.entries(one.states)) states[state] = (states[state] ?? 0) + count;
    const forecast = one.forecast === null || one.forecast === undefined ? all.forecast : (all.forecast ?? 0) + one.forecast;
    return {
      ...all, states, forecast,
      open: all.open + one.open,
      levels: Object.fromEntries(LEVELS.map((level) => [level, all.levels[level] + one.levels[level]])) as Load['levels'],
      overdue: all.overdue + one.overdue, unheld: all.unheld + one.unheld, due_in_a_day: all.due_in_a_day + one.due_in_a_day,
      first_due_at: [all.first_due_at, one.first_due_at].filter(Boolean).toSorted()[0] ?? null,
      confirmed: all.confirmed + one.confirmed, unconfirmed: all.unconfirmed + one.unconfirmed,
    };
  }, NONE);
}
