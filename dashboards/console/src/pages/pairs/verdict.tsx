// Are both one operator? A verdict with its reason, by key or button; what others said before.
import { useState } from 'react';
import { api, Problem, type Pair } from '~/api/client';
import { queryClient } from '~/api/queries';
import { useSession } from '~/api/session';
import { useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { stamp } from '~/i18n/time';
import { Chip, Panel, ProblemBox } from '~/ui';
import { useKeys } from '~/ui/keys';
import { useToast } from '~/ui/toast';
import { pairWords } from './words';

const VERDICTS = ['same', 'unsure', 'different'] as const;
type Word = (typeof VERDICTS)[number];
const KEY: Record<Word, string> = { same: 'y', unsure: 'h', different: 'n' };

export function Verdict({ pair, onDone }: { pair: Pair; onDone: () => void }) {
  const t = useWords(pairWords);
  const name = useNames();
  const toast = useToast();
  const { has, me } = useSession();
  const [chosen, setChosen] = useState<Word | null>(null);
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
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
  const send = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!chosen || !reason.trim()) return;
    setBusy(true);
    setError(null);
    try {
      await api.POST('/api/v1/pairs/{id}/verdicts', { params: { path: { id: pair.id } }, body: { verdict: chosen, reason: reason.trim(), version: pair.version } });
      await queryClient.invalidateQueries({ queryKey: ['pairs'] });
      toast(`${t('sent')}: ${name('verdict', chosen)}`);
      setChosen(null);
      setReason('');
      onDone();
    } catch (caught) {
      setError(caught);
      // Somebody else judged first: what they said is read and shown before anything else is done.
      if (caught instanceof Problem && caught.status === 412) await queryClient.invalidateQueries({ queryKey: ['pairs'] });
    } finally {
      setBusy(false);
    }
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
        <form className="stack noprint" onSubmit={(event) => void send(event)}>
          <label className="field"><span>{name('verdict', chosen)} · {t('reason')}</span>
            <textarea id="verdict-reason" required value={reason} onChange={(event) => setReason(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send(event); if (event.key === 'Escape') setChosen(null); }} />
          </label>
          <div className="row">
            {presets[chosen].map((preset) => <button key={preset} type="button" className="small" onClick={() => setReason(t(preset))}>{t(preset)}</button>)}
            <span className="grow" />
            <button type="submit" className="primary" disabled={busy || !reason.trim()}>{t('send')}</button>
          </div>
        </form>
      )}
      {error ? <ProblemBox error={error} /> : null}
      <h3>{t('verdicts')}</h3>
      {pair.verdicts?.length ? (
        <ul className="said">{pair.verdicts.map((given, index) => <li key={index}><Chip tone="accent">{name('verdict', given.verdict)}</Chip> {given.reason} <small>{t('by', { who: given.by === me?.id ? (me?.name ?? given.by) : given.by, time: stamp(given.at) })}</small></li>)}</ul>
      ) : <p className="muted">{t('noVerdicts')}</p>}
    </Panel>
  );
}
