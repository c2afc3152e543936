// Which keys does a page answer to? Shown by `?`; none acts while somebody types.
import { useEffect, useRef } from 'react';

export interface Key {
  key: string;
  label: string;
  run: (event: KeyboardEvent) => void;
}

/** Keys of the pages that are open, for the help. */
export const keysShown: Set<{ current: Key[] }> = new Set();

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Enter and the space bar belong to the button or link that has the focus. */
const pressing = (event: KeyboardEvent) =>
  (event.key === 'Enter' || event.key === ' ') && event.target instanceof Element && event.target.closest('button,a,summary,[role="button"]') !== null;

export function useKeys(keys: Key[]) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    keysShown.add(latest);
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || pressing(event)) return;
      if (document.querySelector('dialog[open]')) return;
      const found = latest.current.find((key) => key.key === event.key);
      if (!found) return;
      event.preventDefault();
      found.run(event);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      keysShown.delete(latest);
      window.removeEventListener('keydown', onKey);
    };
  }, []);
}
