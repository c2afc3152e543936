// Are both one operator? A verdict with its reason, by key or button; what others said before.
import { useState } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { api, type Pair } from '~/api/client';
import { queryClient } from '~/api/queries';
import { useSession } from '~/api/session';
import { useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { stamp } from '~/i18n/time';
import { Chip, Panel } from '~/ui';
import { useKeys } from '~/ui/keys';
import { useHold } from '~/ui/toast';
import { pairWords } from './words';

const VERDICTS = ['same', 'unsure', 'different'] as const;
type Word = (typeof VERDICTS)[number];
const KEY: Record<Word, string> = { same: 'y', unsure: 'h', different: 'n' };

export function Verdict({ pair, onDone }: { pair: Pair; onDone: () => void }) {
  const t = useWords(pairWords);
  const name = useNames();
  const hold = useHold();
  const navigate = useNavigate();
  const { has, me } = useSession();
  const [chosen, setChosen] = useState<Word | null>(null);
  const [reason, setReason] = useState('');
  const may = has('investigator', 'analyst');
  const choose = (word: Word) => {
    if (!may) return;
    setChosen(word);
    window.setTimeout(() => document.getElementById('verdict-reason')?.focus());
  };
  useKeys([
    { key: 'y', label: t('kSame'), run: () => choose('same') },
    { key: 'h', label: t('kUnsure'), run: () => choose('unsure') },
    { key: 'n', label: t('kDifferent'), run: () => choose('different') },
  ]);
  // A verdict stays on record: it is held back for some seconds, so that a slip of the key can be undone.
  const send = (event: React.FormEvent) => {
    event.preventDefault();
    const said = reason.trim();
    if (!chosen || !said) return;
    const { id, version } = pair;
    const here = { label: t('seePair'), run: () => navigate({ to: '/pairs/$id', params: { id } }) };
    hold({
      text: `${name('verdict', chosen)} · ${pair.successor_name}`,
      send: () => api.POST('/api/v1/pairs/{id}/verdicts', { params: { path: { id } }, body: { verdict: chosen, reason: said, version }, keepalive: true })
        .then(() => `${t('sent')}: ${name('verdict', chosen)}`)
        // Of who judged first is read before anything else is done.
        .finally(() => void queryClient.invalidateQueries({ queryKey: ['pairs'] })),
      undo: () => void here.run(),
      look: here,
    });
    setChosen(null);
    setReason('');
    onDone();
  };
  const presets: Record<Word, (keyof (typeof pairWords)['zh'])[]> = { same: ['r1'], unsure: ['r2', 'r4'], different: ['r3', 'r2'] };
  return (
    <Panel title={t('judge')} className="verdict">
      {may ? (
        <div className="row noprint" role="group" aria-label={t('judge')}>
          {VERDICTS.map((word) => (
            <button key={word} type="button" className={`v-${word}`} aria-pressed={chosen === word} onClick={() => choose(word)}><kbd>{KEY[word]}</kbd> {name('verdict', word)}</button>
          ))}
        </div>
      ) : <p className="muted">{t('mayNot')}</p>}
      {chosen && (
        <form className="stack noprint" onSubmit={(event) => send(event)}>
          <label className="field"><span>{name('verdict', chosen)} · {t('reason')}</span>
            <textarea id="verdict-reason" required value={reason} onChange={(event) => setReason(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(event); if (event.key === 'Escape') setChosen(null); }} />
          </label>
          <div className="row">
            {presets[chosen].map((preset) => <button key={preset} type="button" className="small" onClick={() => setReason(t(preset))}>{t(preset)}</button>)}
            <span className="grow" />
            <button type="submit" className="primary" disabled={!reason.trim()}>{t('send')}</button>
          </div>
        </form>
      )}
      <h3>{t('verdicts')}</h3>
      {pair.verdicts?.length ? (
        <ul className="said">{pair.verdicts.map((given, index) => <li key={index}><Chip tone="accent">{name('verdict', given.verdict)}</Chip> {given.reason} <small>{t('by', { who: given.by === me?.id ? (me?.name ?? given.by) : given.by, time: stamp(given.at) })}</small></li>)}</ul>
      ) : <p className="muted">{t('noVerdicts')}</p>}
    </Panel>
  );
}
