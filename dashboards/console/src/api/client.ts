// How does the console talk to the service? Typed calls; every failure is a Problem that says what to do.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Warning = Schemas['Warning'];
export type Pair = Schemas['Pair'];
export type Task = Schemas['Task'];
export type Enterprise = Schemas['Enterprise'];
export type Evidence = Schemas['Evidence'];
export type Me = Schemas['Me'];

/** A problem (RFC 9457), or why there was no answer (`status` 0). */
export class Problem extends Error {
  status: number;
  type: string;
  detail: string;
  errors: { pointer: string; message: string }[];
  /** Of a 412: the task as it is now, and the steps since. */
  current?: Task;
  stepsSince?: Schemas['Step'][];
  constructor(status: number, body: Record<string, unknown>) {
    super(String(body.detail ?? body.title ?? status));
    this.status = status;
    this.type = String(body.type ?? '').replace('urn:vestigo:problem:', '');
    this.detail = String(body.detail ?? '');
    this.errors = (body.errors as Problem['errors']) ?? [];
    const current = body.current as { task?: Task; steps_since?: Schemas['Step'][] } | undefined;
    this.current = current?.task;
    this.stepsSince = current?.steps_since;
  }
}

let csrf: string | null = null;
export const setCsrf = (token: string | null | undefined) => {
  csrf = token ?? null;
};

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({ detail: response.statusText }))) as Record<string, unknown>;
  return new Problem(response.status, body);
}

/** Called when the session is over: the shell shows the login. */
export const onUnauthorized = { call: () => {} };

function refused(problem: Problem, url: string) {
  if (problem.status === 401 && !url.endsWith('/session')) onUnauthorized.call();
  return problem;
}

const middleware: Middleware = {
  onRequest({ request }) {
    if (csrf && request.method !== 'GET') request.headers.set('X-CSRF-Token', csrf);
    return request;
  },
  async onResponse({ response, request }) {
    if (!response.ok) throw refused(await problemOf(response), request.url);
    return response;
  },
  onError() {
    return new Problem(0, { type: 'offline', detail: 'no answer from the service' });
  },
};

/** `api.GET('/api/v1/warnings/{id}', {params: {path: {id}}})`: throws a Problem unless 2xx. */
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });
api.use(middleware);

/** The data of a call of `api`; a Problem was thrown if there is none. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** What a call gives; null where the service has no such thing, or the role may not see it. */
export async function optional<T>(call: Promise<T>): Promise<T | null> {
  return call.catch((error: unknown) => {
    if (error instanceof Problem && (error.status === 404 || error.status === 403)) return null;
    throw error;
  });
}

/** A call of a path that is not in the OpenAPI document (status, dead letters, health). */
export async function raw<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = new Headers(init.headers);
  if (csrf && init.method && init.method !== 'GET') headers.set('X-CSRF-Token', csrf);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin' });
  } catch {
    throw new Problem(0, { type: 'offline', detail: 'no answer from the service' });
  }
  if (!response.ok) throw refused(await problemOf(response), path);
  return (response.headers.get('content-type')?.includes('json') ? response.json() : response.text()) as Promise<T>;
}

/** A step of a task with all its fields; what is not needed may be left out. */
export async function act(task: Pick<Task, 'id' | 'etag'>, verb: string, body: Partial<Schemas['ActBody']> = {}): Promise<Task> {
  return raw<Task>(`/api/v1/tasks/${taskPath(task.id)}/${verb}`, {
    method: 'POST',
    // What is held back is sent when its page is left.
    keepalive: true,
    headers: { 'Content-Type': 'application/json', 'If-Match': task.etag },
    body: JSON.stringify(body),
  });
}

/** The id of a task as it stands in a path. */
export const taskPath = (id: string) => encodeURIComponent(id.replaceAll('/', '~'));
