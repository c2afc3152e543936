// A question in the way: the browser's own dialog, so that focus stays in it and Escape closes it.
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Icon } from './icon';
import { common } from '~/i18n/common';
import { useWords } from '~/i18n';

export function Dialog({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ReactNode; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const c = useWords(common);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // Where the work begins, not at the cross.
    dialog.querySelector<HTMLElement>('.body :is(input, select, textarea, button.primary)')?.focus();
  }, []);
  return (
    <dialog ref={ref} className={wide ? 'wide' : undefined} aria-labelledby={id} onClose={onClose} onCancel={onClose}
      onClick={(event) => event.target === ref.current && ref.current?.close()}>
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="ghost" aria-label={c('close')} onClick={() => ref.current?.close()}><Icon name="close" /></button>
      </header>
      <div className="body">{children}</div>
    </dialog>
  );
}
