// Which pair is next? The surest that is not judged, or one drawn at random.
import { useQuery } from '@tanstack/react-query';
import { api, data, type Pair } from '~/api/client';

const MOST = 2000;

/** All pairs without a verdict, surest first, up to 2,000. */
export function useQueue(enabled: boolean) {
  return useQuery({
    queryKey: ['pairs', 'queue'],
    enabled,
    queryFn: async () => {
      const pairs: Pair[] = [];
      let cursor: string | undefined;
      do {
        const page = await data(api.GET('/api/v1/pairs', { params: { query: { judged: false, limit: 200, cursor } } }));
        pairs.push(...page.pairs);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && pairs.length < MOST);
      return pairs;
    },
  });
}

export function nextOf(queue: Pair[] | undefined, now: string, random: boolean): Pair | undefined {
  const others = (queue ?? []).filter((pair) => pair.id !== now && !pair.verdict);
  if (random) return others[Math.floor(Math.random() * others.length)];
  const at = (queue ?? []).findIndex((pair) => pair.id === now);
  return others.find((pair) => (queue ?? []).indexOf(pair) > at) ?? others[0];
}
