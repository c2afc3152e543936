// What has just been done, and can it be undone? Said for some seconds, by the screen reader too.
//
// An act with an opposite is sent at once and undone by the opposite. One without is held back for
// some seconds and then sent; who leaves the page sends it.
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useWords, words } from '~/i18n';
import { useProblemTitle } from './problem';

const toastWords = words(
  { undo: '撤销', undone: '已撤销，没有提交', tookBack: '已撤销，恢复原状', notUndone: '没能撤销：{why}', now: '立即提交', soon: '{s} 秒后提交', hint: 'z 撤销', failed: '没有提交：{why}', close: '关闭' },
  { undo: 'Undo', undone: 'Undone: nothing was sent', tookBack: 'Undone: it stands as before', notUndone: 'It could not be undone: {why}', now: 'Send now', soon: 'sent in {s} s', hint: 'z undoes', failed: 'It was not sent: {why}', close: 'Close' },
);

type Tone = 'good' | 'bad';
/** What a button of a toast does. */
export interface ToastAct { label: string; run: () => unknown }
type Tell = (text: string, tone?: Tone, look?: ToastAct) => void;
/** Takes back what was just done. */
type Undo = () => Promise<unknown>;

/** An act that is held back. */
export interface Held {
  /** What is going to be sent. */
  text: string;
  /** Sends it; what it gives is said. */
  send: () => Promise<string>;
  /** It was undone before it was sent. */
  undo?: () => void;
  /** Where to look when it was refused. */
  look?: ToastAct;
}

interface Toast { id: number; text: string; tone: Tone; ends: number; look?: ToastAct; undo?: Undo; held?: Held }

const Context = createContext<{ tell: Tell; undoable: (text: string, undo: Undo | undefined) => void; hold: (held: Held) => void }>({ tell: () => {}, undoable: () => {}, hold: () => {} });
const SAID = 6000;
/** How long an act may be undone. */
const UNDO = 8000;
let next = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useWords(toastWords);
  const why = useProblemTitle();
  const titled = useRef(why);
  titled.current = why;
  const [toasts, setToasts] = useState<Toast[]>([]);
  const [, draw] = useState(0);
  const all = useRef<Toast[]>([]);
  const rests = useRef(false);
  const change = useCallback((to: (was: Toast[]) => Toast[]) => setToasts((all.current = to(all.current))), []);
  const drop = useCallback((id: number) => change((was) => was.filter((toast) => toast.id !== id)), [change]);
  const put = useCallback((toast: Omit<Toast, 'id' | 'ends'>, ms: number) => change((was) => [...was, { ...toast, id: (next += 1), ends: Date.now() + ms }]), [change]);
  const tell = useCallback<Tell>((text, tone = 'good', look) => put({ text, tone, look }, look ? UNDO : SAID), [put]);
  const undoable = useCallback((text: string, undo: Undo | undefined) => put({ text, tone: 'good', undo }, undo ? UNDO : SAID), [put]);
  const send = useCallback((toast: Toast) => {
    drop(toast.id);
    toast.held?.send().then((said) => tell(said), (error: unknown) => tell(t('failed', { why: titled.current(error) }), 'bad', toast.held?.look));
  }, [drop, tell, t]);
  const undo = useCallback((toast: Toast) => {
    drop(toast.id);
    if (toast.held) {
      toast.held.undo?.();
      tell(t('undone'));
    } else toast.undo?.().then(() => tell(t('tookBack')), (error: unknown) => tell(t('notUndone', { why: titled.current(error) }), 'bad'));
  }, [drop, tell, t]);
  // The clock rests while somebody looks at a toast.
  useEffect(() => {
    if (toasts.length === 0) return;
    const timer = window.setInterval(() => {
      if (rests.current) change((was) => was.map((toast) => ({ ...toast, ends: toast.ends + 250 })));
      for (const toast of all.current.filter((one) => one.ends <= Date.now())) {
        if (toast.held) send(toast);
        else drop(toast.id);
      }
      draw((n) => n + 1);
    }, 250);
    return () => window.clearInterval(timer);
  }, [toasts.length, change, drop, send]);
  useEffect(() => {
    const flush = () => all.current.filter((toast) => toast.held).forEach(send);
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'z' || event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest?.('input,textarea,select,[contenteditable],dialog')) return;
      const last = all.current.findLast((toast) => toast.held || toast.undo);
      if (!last) return;
      event.preventDefault();
      undo(last);
    };
    window.addEventListener('pagehide', flush);
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('pagehide', flush);
      window.removeEventListener('keydown', onKey);
    };
  }, [send, undo]);
  const value = useMemo(() => ({ tell, undoable, hold: (held: Held) => put({ text: held.text, tone: 'good', held }, UNDO) }), [tell, undoable, put]);
  const rest = (on: boolean) => () => void (rests.current = on);
  return (
    <Context value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite" onMouseEnter={rest(true)} onMouseLeave={rest(false)} onFocus={rest(true)} onBlur={rest(false)}>
        {toasts.map((toast) => (
          <div key={toast.id} className={`toast ${toast.tone}`}>
            <span>{toast.text}</span>
            {toast.held && <small aria-hidden="true">{t('soon', { s: Math.max(0, Math.ceil((toast.ends - Date.now()) / 1000)) })}</small>}
            {(toast.held || toast.undo) && <button type="button" title={t('hint')} onClick={() => undo(toast)}>{t('undo')} <kbd>z</kbd></button>}
            {toast.held && <button type="button" onClick={() => send(toast)}>{t('now')}</button>}
            {toast.look && <button type="button" onClick={() => { drop(toast.id); toast.look?.run(); }}>{toast.look.label}</button>}
          </div>
        ))}
      </div>
    </Context>
  );
}

/** `toast('done')`: says it for some seconds; with `look`, a button leads there. */
export const useToast = () => use(Context).tell;
/** Says that something was done; with its opposite, `z` and a button take it back. */
export const useUndoable = () => use(Context).undoable;
/** Holds an act back for some seconds. */
export const useHold = () => use(Context).hold;
