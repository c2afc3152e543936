// What is read again when something changes? Keys begin with the stream's topic: ['warnings', …], ['pairs', …], ['tasks', …], ['indices', …].
import { QueryClient, useQuery } from '@tanstack/react-query';
import { api, data, raw, Problem } from './client';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => error instanceof Problem && (error.status === 0 || error.status === 503) && count < 5,
      retryDelay: (count) => Math.min(500 * 2 ** count, 8000),
    },
  },
});

/** The model: indicators, agencies. Rarely changes. */
export const useModel = () =>
  useQuery({ queryKey: ['models'], queryFn: () => data(api.GET('/api/v1/models')), staleTime: 600_000 });

/** The catalogue of measures. Rarely changes. */
export const useMeasures = () =>
  useQuery({ queryKey: ['measures'], queryFn: () => data(api.GET('/api/v1/measures')).then(({ measures }) => measures), staleTime: 600_000 });

export interface Status {
  state: string;
  epochs: number;
  waiting_events: number;
  watermark: string | null;
  model: string;
  outlets: { name: string; state: string; reason: string | null; attempts: number; handed_epoch: number; delivered_epoch: number }[];
}

/** How far the service is; asked every five seconds. */
export const useStatus = () =>
  useQuery({ queryKey: ['status'], queryFn: () => raw<Status>('/api/v1/status'), refetchInterval: 5000 });

export const useWarning = (id: string | undefined) =>
  useQuery({
    queryKey: ['warnings', 'one', id],
    queryFn: () => data(api.GET('/api/v1/warnings/{id}', { params: { path: { id: id! } } })),
    enabled: !!id,
  });

/** A task whole, with its steps and measures; its id as it is, or as a path writes it. */
export const useTask = (id: string) =>
  useQuery({
    queryKey: ['tasks', 'one', id.replaceAll('~', '/')],
    queryFn: () => data(api.GET('/api/v1/tasks/{id}', { params: { path: { id: id.replaceAll('/', '~') } } })),
  });

export const usePair = (id: string | undefined) =>
  useQuery({
    queryKey: ['pairs', 'one', id],
    queryFn: () => data(api.GET('/api/v1/pairs/{id}', { params: { path: { id: id! } } })),
    enabled: !!id,
  });

export const useEnterprise = (uscc: string | undefined) =>
  useQuery({
    queryKey: ['indices', 'enterprise', uscc],
    queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}', { params: { path: { uscc: uscc! } } })),
    enabled: !!uscc,
  });
