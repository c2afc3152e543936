// Which page stands at which address? All but the shell is loaded when it is first needed.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { Crash, NotFound, Shell } from './shell';

/** Everything that a view depends on stands in the address, as plain text. */
export type Search = Record<string, string | undefined>;

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: (search: Record<string, unknown>): Search =>
    Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== '').map(([key, value]) => [key, String(value)])),
});

const page = <const P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) });

const home = createRoute({ getParentRoute: () => root, path: '/', beforeLoad: () => { throw redirect({ to: '/alerts', search: true }); } });

const routeTree = root.addChildren([
  home,
  page('/alerts', () => import('~/pages/alerts')),
  page('/enterprises', () => import('~/pages/enterprises')),
  page('/enterprises/$uscc', () => import('~/pages/enterprises/profile')),
  page('/pairs', () => import('~/pages/pairs')),
  page('/pairs/$id', () => import('~/pages/pairs/butterfly')),
  page('/graph', () => import('~/pages/graph')),
  page('/graph/$uscc', () => import('~/pages/graph')),
  page('/funds', () => import('~/pages/funds')),
  page('/funds/$uscc', () => import('~/pages/funds')),
  page('/dispatch', () => import('~/pages/dispatch')),
  page('/dispatch/unit', () => import('~/pages/dispatch/unit')),
  page('/dispatch/command', () => import('~/pages/dispatch/command')),
  page('/tasks/$id', () => import('~/pages/tasks')),
  page('/models', () => import('~/pages/models')),
  page('/quality', () => import('~/pages/quality')),
  page('/audit', () => import('~/pages/audit')),
  page('/system', () => import('~/pages/system')),
  page('/system/accounts', () => import('~/pages/system/accounts')),
]);

const parse = (text: string) => Object.fromEntries(new URLSearchParams(text));
const write = (search: Record<string, unknown>) => {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  const text = params.toString();
  return text ? `?${text}` : '';
};

export const router = createRouter({
  routeTree,
  defaultErrorComponent: Crash,
  parseSearch: parse,
  stringifySearch: write,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** The parameters of the address, and how they are changed; `undefined` takes one away. */
export function useParams(): [Search, (change: Search) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = useCallback(
    (change: Search) => void navigate({ to: '.', search: (was: Search) => ({ ...was, ...change }), replace: true } as never),
    [navigate],
  );
  return [search, set];
}
