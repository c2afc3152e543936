// Which views did somebody save? Kept in this browser; a view is an address, so it can be sent as a link too.
import { useState } from 'react';
import type { Search } from '~/app/router';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { alertWords } from './words';

interface View {
  name: string;
  search: Search;
}
const KEY = 'vestigo.views.alerts';
const FIELDS = ['tab', 'level', 'kind', 'division', 'agency', 'state', 'sort'];

const read = (): View[] => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as View[];
  } catch {
    return [];
  }
};

export function Views({ search, set }: { search: Search; set: (change: Search) => void }) {
  const t = useWords(alertWords);
  const c = useWords(common);
  const [views, setViews] = useState(read);
  const [name, setName] = useState('');
  const keep = (all: View[]) => {
    setViews(all);
    localStorage.setItem(KEY, JSON.stringify(all));
  };
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    const kept = Object.fromEntries(FIELDS.map((field) => [field, search[field]]));
    keep([...views.filter((view) => view.name !== name.trim()), { name: name.trim(), search: kept }]);
    setName('');
  };
  const none = Object.fromEntries(FIELDS.map((field) => [field, undefined]));
  return (
    <details className="menu views">
      <summary>{t('views')} {views.length > 0 && <span className="count">{views.length}</span>}</summary>
      <div>
        {views.length === 0 && <p>{t('noViews')}</p>}
        {views.map((view) => (
          <div className="row" key={view.name}>
            <button type="button" className="ghost grow" onClick={() => set({ ...none, ...view.search, at: undefined })}>{view.name}</button>
            <button type="button" className="ghost small" aria-label={`${c('remove')} ${view.name}`} onClick={() => keep(views.filter((one) => one !== view))}>×</button>
          </div>
        ))}
        <form className="row" onSubmit={save}>
          <input aria-label={t('viewName')} placeholder={t('viewName')} value={name} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="small">{t('saveView')}</button>
        </form>
      </div>
    </details>
  );
}
