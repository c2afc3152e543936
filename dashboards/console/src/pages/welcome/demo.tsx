// How does a first visitor see something? A simulated city with one click, offered while nothing is there.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, data, optional, type Schemas } from '~/api/client';
import { useSession } from '~/api/session';
import { useLang, useWords } from '~/i18n';
import { number } from '~/i18n/time';
import { ProblemBox } from '~/ui';
import { welcome } from './words';
import './welcome.css';

const KEY = ['setup', 'demo'];
const works = (city: Schemas['DemoCity'] | null | undefined) => city?.state === 'making' || city?.state === 'feeding';

/** What to do where nothing is: hand events in, or look at a simulated city. */
export default function DemoCity() {
  const t = useWords(welcome);
  const { lang } = useLang();
  const { has } = useSession();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: () => optional(data(api.GET('/api/v1/setup/demo'))),
    enabled: has('operator'),
    refetchInterval: ({ state }) => (works(state.data) ? 700 : false),
    staleTime: 0,
  });
  const load = useMutation({ mutationFn: () => data(api.POST('/api/v1/setup/demo')), onSuccess: (city) => client.setQueryData(KEY, city), onError: () => void query.refetch() });
  const city = query.data;
  const was = useRef(city?.state);
  useEffect(() => {
    // Everything is read anew when it is in.
    if (was.current && was.current !== 'done' && city?.state === 'done') void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'setup' && queryKey[0] !== 'session' });
    was.current = city?.state;
  }, [city?.state, client]);
  if (!city) return null;
  if (city.state === 'failed') return <p role="alert">{t('demoFailed', { why: city.why ?? '' })}</p>;
  if (works(city)) {
    return (
      <div className="democity" role="status">
        <progress aria-label={t('demoCity')} value={city.of ? city.events : undefined} max={city.of || undefined} />
        <span>{city.of ? t('demoFeeding', { n: number(city.events, lang), of: number(city.of, lang) }) : t('demoMaking')}</span>
      </div>
    );
  }
  if (city.state === 'done') return <p role="status">{t('demoDone')}</p>;
  if (!city.offered) return null;
  return (
    <div className="democity">
      <button type="button" className="primary" disabled={load.isPending} onClick={() => load.mutate()}>{t('demoLoad')}</button>
      <small>{t('demoHint')}</small>
      {load.error ? <ProblemBox error={load.error} /> : null}
    </div>
  );
}
