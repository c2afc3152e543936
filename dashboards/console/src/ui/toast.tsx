// What has just been done? Said for some seconds, by the screen reader too.
import { createContext, use, useCallback, useState, type ReactNode } from 'react';

type Tell = (text: string, tone?: 'good' | 'bad') => void;
const Context = createContext<Tell>(() => {});

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string; tone: string }[]>([]);
  const tell = useCallback<Tell>((text, tone = 'good') => {
    const id = Date.now() + Math.random();
    setToasts((all) => [...all, { id, text, tone }]);
    window.setTimeout(() => setToasts((all) => all.filter((toast) => toast.id !== id)), 6000);
  }, []);
  return (
    <Context value={tell}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => <div key={toast.id} className={`toast ${toast.tone}`}>{toast.text}</div>)}
      </div>
    </Context>
  );
}

export const useToast = () => use(Context);
