// What has just changed? One event source per browser: one tab leads, the others listen to it.
import { createContext, use, useEffect, useRef, useState, type ReactNode } from 'react';
import { queryClient } from './queries';

export type Topic = 'warning' | 'pair' | 'task' | 'index';
export type StreamState = 'live' | 'connecting' | 'offline';
export interface Told {
  topic: Topic;
  id: string;
}

type Listener = (told: Told) => void;
type Message = { told?: Told; state?: StreamState; reset?: boolean };

interface Stream {
  state: StreamState;
  /** Since when nothing was heard, while offline. */
  since: Date | null;
  listen: (listener: Listener) => () => void;
}

const Context = createContext<Stream>({ state: 'connecting', since: null, listen: () => () => {} });
const TOPICS: Topic[] = ['warning', 'pair', 'task', 'index'];
/** Queries of one object: their third part is its id. */
const ONE = new Set(['one', 'enterprise', 'index', 'timeline', 'relations', 'flows', 'payments', 'graph', 'story', 'of']);
const ALL = '*';
const USCC = /[0-9A-Z]{18}/g;
const KEY: Record<Topic, string> = { warning: 'warnings', pair: 'pairs', task: 'tasks', index: 'indices' };

/** Follows the stream until stopped; the browser sends `Last-Event-ID` when it connects again. */
function follow(tell: (message: Message) => void): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let last = '';
  let pause = 1000;
  const open = () => {
    const from = last ? `&last_event_id=${encodeURIComponent(last)}` : '';
    source = new EventSource(`/api/v1/stream?topics=warnings,pairs,tasks,indices${from}`);
    source.onopen = () => {
      pause = 1000;
      tell({ state: 'live' });
    };
    const keep = (event: MessageEvent) => {
      if (event.lastEventId) last = event.lastEventId;
    };
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event) => {
        keep(event as MessageEvent);
        const { id } = JSON.parse((event as MessageEvent).data as string) as { id: string };
        tell({ told: { topic, id } });
      });
    }
    source.addEventListener('hello', (event) => keep(event as MessageEvent));
    source.addEventListener('mark', (event) => keep(event as MessageEvent));
    source.addEventListener('reset', (event) => {
      keep(event as MessageEvent);
      tell({ reset: true });
    });
    source.onerror = () => {
      tell({ state: 'offline' });
      // The browser tries again by itself unless it gave the source up.
      if (source?.readyState === EventSource.CLOSED) {
        timer = window.setTimeout(open, pause);
        pause = Math.min(pause * 2, 15_000);
      }
    };
  };
  open();
  return () => {
    window.clearTimeout(timer);
    source?.close();
  };
}

/** Takes the lead among the tabs where the browser can (a secure context), else leads for itself. */
function lead(tell: (message: Message) => void): () => void {
  if (!navigator.locks || typeof BroadcastChannel === 'undefined') return follow(tell);
  const channel = new BroadcastChannel('vestigo.stream');
  let stop = () => {};
  let release = () => {};
  let state: StreamState = 'connecting';
  let over = false;
  const abort = new AbortController();
  channel.onmessage = (event) => {
    const message = event.data as Message & { ask?: boolean };
    if (!message.ask) tell(message);
  };
  channel.postMessage({ ask: true });
  navigator.locks
    .request('vestigo.stream', { signal: abort.signal }, () => {
      if (over) return undefined;
      channel.onmessage = (event) => {
        if ((event.data as { ask?: boolean }).ask) channel.postMessage({ state });
      };
      stop = follow((message) => {
        if (message.state) state = message.state;
        channel.postMessage(message);
        tell(message);
      });
      return new Promise<void>((done) => {
        release = done;
      });
    })
    .catch(() => {});
  return () => {
    over = true;
    abort.abort();
    stop();
    release();
    channel.close();
  };
}

export function StreamProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<StreamState>('connecting');
  const [since, setSince] = useState<Date | null>(null);
  const listeners = useRef(new Set<Listener>());
  const dirty = useRef(new Map<string, Set<string>>());
  useEffect(() => {
    const mark = (key: string, id: string) => {
      const ids = dirty.current.get(key) ?? new Set<string>();
      dirty.current.set(key, ids.add(id));
    };
    // What changed is read again at most every two seconds: the objects that were told, and lists.
    const timer = window.setInterval(() => {
      if (dirty.current.size === 0) return;
      const changed = dirty.current;
      dirty.current = new Map();
      void queryClient.invalidateQueries({
        predicate: ({ queryKey: [key, part, id] }) => {
          const ids = changed.get(String(key));
          return !!ids && part !== 'held' && (ids.has(ALL) || !ONE.has(String(part)) || [...ids].some((one) => one.includes(String(id))));
        },
      });
    }, 2000);
    const stop = lead((message) => {
      if (message.state) {
        setState(message.state);
        setSince((was) => (message.state === 'live' ? null : (was ?? new Date())));
      }
      if (message.reset) Object.values(KEY).forEach((key) => mark(key, ALL));
      if (message.told) {
        const { topic, id } = message.told;
        mark(KEY[topic], id);
        // An enterprise shows its warnings and pairs; a warning shows its tasks.
        for (const uscc of id.match(USCC) ?? []) mark('indices', uscc);
        if (topic === 'task') mark('warnings', id.split('/')[0] ?? id);
        for (const listener of listeners.current) listener(message.told);
      }
    });
    const off = () => {
      setState('offline');
      setSince((was) => was ?? new Date());
    };
    window.addEventListener('offline', off);
    return () => {
      stop();
      window.clearInterval(timer);
      window.removeEventListener('offline', off);
    };
  }, []);
  const listen = useRef((listener: Listener) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }).current;
  return <Context value={{ state, since, listen }}>{children}</Context>;
}

export const useStream = () => use(Context);

/** Calls back for every change of a topic. */
export function useTold(topic: Topic, listener: (id: string) => void) {
  const { listen } = useStream();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => listen((told) => told.topic === topic && latest.current(told.id)), [listen, topic]);
}
