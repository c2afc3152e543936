// Which enterprise? A search with a list to choose from.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { api, data } from '~/api/client';
import { useWords } from '~/i18n';
import { Grade } from '~/ui';
import { graphWords } from './words';

export function FirmPicker({ label, onPick, not }: { label: string; onPick: (uscc: string) => void; not?: string }) {
  const t = useWords(graphWords);
  const id = useId();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(text.trim()), 180);
    return () => window.clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    queryKey: ['indices', 'search', asked],
    queryFn: () => data(api.GET('/api/v1/enterprises', { params: { query: { q: asked, limit: 8 } } })),
    enabled: asked.length > 0,
    placeholderData: (was) => was,
  });
  const firms = asked ? (found.data?.enterprises ?? []).filter((firm) => firm.uscc !== not) : [];
  const pick = (uscc: string | undefined) => {
    if (!uscc) return;
    setText('');
    setAsked('');
    onPick(uscc);
  };
  return (
    <div className="picker">
      <input type="text" role="combobox" aria-label={label} placeholder={t('search')} value={text} autoComplete="off"
        aria-expanded={asked !== ''} aria-controls={id} aria-autocomplete="list" aria-activedescendant={firms.length ? `${id}-${at}` : undefined}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') pick(firms[at]?.uscc);
          if (event.key === 'Escape') setText('');
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            setAt((was) => Math.max(0, Math.min(firms.length - 1, was + (event.key === 'ArrowDown' ? 1 : -1))));
          }
        }} />
      <ul id={id} role="listbox" aria-label={label} hidden={asked === ''}>
        {firms.map((firm, index) => (
          <li key={firm.uscc} id={`${id}-${index}`} role="option" aria-selected={index === at} onMouseDown={() => pick(firm.uscc)} onMouseEnter={() => setAt(index)}>
            <span>{firm.name}</span> <code>{firm.uscc}</code> <Grade grade={firm.index?.grade} />
          </li>
        ))}
        {asked !== '' && firms.length === 0 && <li role="option" aria-selected="false" className="muted">{t('nothing')}</li>}
      </ul>
    </div>
  );
}
