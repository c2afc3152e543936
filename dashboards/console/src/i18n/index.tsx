// In which language is it said? One typed dictionary per page; a key missing in either language is a type error.
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';

export type Lang = 'zh' | 'en';
type Vars = Record<string, string | number>;

/** A dictionary: the Chinese keys are the keys. */
export interface Words<K extends string> {
  zh: Record<K, string>;
  en: Record<K, string>;
}

/** Declares a dictionary. The type check refuses keys that one language lacks or has too many. */
export function words<const Z extends Record<string, string>>(
  zh: Z,
  en: { [K in keyof Z]: string },
): Words<Extract<keyof Z, string>> {
  return { zh, en } as Words<Extract<keyof Z, string>>;
}

const Context = createContext<{ lang: Lang; setLang: (lang: Lang) => void }>({ lang: 'zh', setLang: () => {} });

function first(): Lang {
  const asked = new URLSearchParams(location.search).get('lang');
  const kept = asked ?? localStorage.getItem('vestigo.lang');
  if (kept === 'zh' || kept === 'en') return kept;
  return navigator.language.startsWith('zh') ? 'zh' : 'en';
}

export function LangProvider({ children }: { children: ReactNode }) {
  const [lang, set] = useState<Lang>(first);
  useEffect(() => {
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    localStorage.setItem('vestigo.lang', lang);
  }, [lang]);
  const value = useMemo(() => ({ lang, setLang: set }), [lang]);
  return <Context value={value}>{children}</Context>;
}

export const useLang = () => use(Context);

/** `t('key', {n: 3})` replaces `{n}`. */
export function useWords<K extends string>(dictionary: Words<K>) {
  const { lang } = useLang();
  return useCallback(
    (key: K, vars?: Vars): string => {
      const text = dictionary[lang][key];
      return vars ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(vars[name] ?? whole)) : text;
    },
    [dictionary, lang],
  );
}

/** A statement of the API in the language in use. */
export function useText() {
  const { lang } = useLang();
  return useCallback((text: { zh: string; en: string } | null | undefined) => (text ? text[lang] : ''), [lang]);
}
