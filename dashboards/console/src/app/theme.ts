// Light or dark? As the system says, until somebody chooses.
import { useEffect, useState } from 'react';

export type Theme = 'light' | 'dark';
const system = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
const kept = (): Theme | null => localStorage.getItem('vestigo.theme') as Theme | null;

export function applyTheme(theme: Theme = kept() ?? system()) {
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => applyTheme());
  useEffect(() => void applyTheme(theme), [theme]);
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem('vestigo.theme', next);
    setTheme(next);
  };
  return [theme, toggle];
}
