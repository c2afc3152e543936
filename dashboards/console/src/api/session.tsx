// Who is using the console? A session of an account, or nobody in particular where there are no accounts.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, type ReactNode } from 'react';
import { api, data, onUnauthorized, Problem, setCsrf, type Me } from './client';

interface Session {
  me: Me | null;
  /** Whether the service has no accounts: whoever sits at the machine may do everything. */
  open: boolean;
  /** Whether the account has one of these roles. */
  has: (...roles: string[]) => boolean;
  logOut: () => Promise<void>;
  refresh: () => Promise<unknown>;
}

const Context = createContext<Session | null>(null);

async function ask(): Promise<Me | null> {
  try {
    const me = await data(api.GET('/api/v1/session'));
    setCsrf(me.csrf);
    return me;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export function SessionProvider({ children, starting }: { children: ReactNode; starting: (error: unknown) => ReactNode }) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['session'], queryFn: ask, staleTime: Infinity, retry: true, retryDelay: 1500 });
  useEffect(() => {
    onUnauthorized.call = () => client.setQueryData(['session'], null);
  }, [client]);
  if (query.data === undefined) return starting(query.failureReason ?? query.error);
  const me = query.data;
  const session: Session = {
    me,
    open: me?.id === 'local',
    has: (...roles) => !!me && roles.some((role) => me.roles.includes(role)),
    refresh: () => query.refetch(),
    logOut: async () => {
      await api.DELETE('/api/v1/session').catch(() => {});
      setCsrf(null);
      client.clear();
      client.setQueryData(['session'], null);
    },
  };
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const session = use(Context);
  if (!session) throw new Error('useSession outside of SessionProvider');
  return session;
}
