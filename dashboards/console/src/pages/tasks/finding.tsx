// What was found? A form for half a minute: outcome by key, reason by chip, the rest optional.
import { useEffect, useId, useRef, useState } from 'react';
import type { Schemas } from '~/api/client';
import { useLang, useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { Field } from '~/ui';
import { CODES, ITEMS, RESULTS, taskWords } from './words';

export type Finding = NonNullable<Schemas['ActBody']['finding']>;
const OUTCOMES = ['confirmed', 'partly', 'unfounded', 'unverified'] as const;

export function FindingForm({ onSend, onCancel, busy, opened }: { onSend: (finding: Finding, note: string) => void; onCancel: () => void; busy: boolean; opened: number }) {
  const t = useWords(taskWords);
  const name = useNames();
  const { lang } = useLang();
  const at = lang === 'zh' ? 0 : 1;
  const list = useId();
  const form = useRef<HTMLFormElement>(null);
  const [outcome, setOutcome] = useState('');
  const [code, setCode] = useState('');
  const [amount, setAmount] = useState('');
  const [referred, setReferred] = useState(false);
  const [rectified, setRectified] = useState(false);
  const [items, setItems] = useState<{ code: string; result: string }[]>([]);
  const [note, setNote] = useState('');
  const [missing, setMissing] = useState<string | null>(null);
  const codes = CODES[outcome] ?? {};

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.target as HTMLElement).closest('input[type="text"],textarea,select')) return;
      const picked = OUTCOMES[Number(event.key) - 1];
      if (picked) { setOutcome(picked); setCode(''); }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const submit = (event?: React.FormEvent) => {
    event?.preventDefault();
    const yuan = amount.replaceAll(',', '').trim();
    if (!outcome) return setMissing(t('outcomeNeeded'));
    if (!code.trim()) return setMissing(t('codeNeeded'));
    if (yuan && !(Number(yuan) >= 0)) return setMissing(t('amountBad'));
    setMissing(null);
    onSend({
      outcome, code: code.trim(), referred, rectified,
      amount_fen: yuan ? Math.round(Number(yuan) * 100) : undefined,
      items: items.length ? items : undefined,
    }, note.trim());
  };
  return (
    <form ref={form} className="stack finding" onSubmit={submit} onKeyDown={(event) => (event.ctrlKey || event.metaKey) && event.key === 'Enter' && submit()}>
      <fieldset className="outcomes">
        <legend>{t('outcome')}</legend>
        {OUTCOMES.map((one, index) => (
          <label key={one} className={`outcome ${one} ${outcome === one ? 'on' : ''}`}>
            <input type="radio" name="outcome" checked={outcome === one} data-first={index === 0 ? '' : undefined} onChange={() => { setOutcome(one); setCode(''); }} />
            <span>{name('outcome', one)}</span><kbd aria-hidden="true">{index + 1}</kbd>
          </label>
        ))}
      </fieldset>
      {outcome && (
        <div className="field">
          <span id={list}>{t('code')}</span>
          <div className="codechips" role="group" aria-labelledby={list}>
            {Object.entries(codes).map(([id, text]) => (
              <button key={id} type="button" className="small" aria-pressed={code === id} onClick={() => setCode(id)}>{text[at]}</button>
            ))}
            <input type="text" aria-label={t('code')} placeholder="…" maxLength={80} value={codes[code] ? '' : code} onChange={(event) => setCode(event.target.value)} />
          </div>
        </div>
      )}
      <div className="row wide">
        <Field label={t('amount')}><input type="text" inputMode="decimal" value={amount} onChange={(event) => setAmount(event.target.value)} /></Field>
        <label className="check"><input type="checkbox" checked={referred} onChange={(event) => setReferred(event.target.checked)} /> {t('referred')}</label>
        <label className="check"><input type="checkbox" checked={rectified} onChange={(event) => setRectified(event.target.checked)} /> {t('rectified')}</label>
      </div>
      <div className="field">
        <span>{t('onSpot')}</span>
        {items.map((item, index) => {
          const change = (part: Partial<typeof item>) => setItems(items.map((one, place) => (place === index ? { ...one, ...part } : one)));
          return (
            <div key={index} className="row">
              <select aria-label={t('item')} value={item.code} onChange={(event) => change({ code: event.target.value })}>
                {Object.entries(ITEMS).map(([id, text]) => <option key={id} value={id}>{text[at]}</option>)}
              </select>
              <select aria-label={t('result')} value={item.result} onChange={(event) => change({ result: event.target.value })}>
                {Object.entries(RESULTS).map(([id, text]) => <option key={id} value={id}>{text[at]}</option>)}
              </select>
              <button type="button" className="ghost small" onClick={() => setItems(items.filter((_, place) => place !== index))}>{t('remove')}</button>
            </div>
          );
        })}
        <div className="row">
          <button type="button" className="small" onClick={() => setItems([...items, { code: Object.keys(ITEMS)[items.length % Object.keys(ITEMS).length]!, result: 'ok' }])}>{t('addItem')}</button>
          <small>{t('onSpotHint')}</small>
        </div>
      </div>
      <Field label={t('note')}><textarea value={note} maxLength={600} onChange={(event) => setNote(event.target.value)} /></Field>
      {missing && <p className="formerror" role="alert">{missing}</p>}
      <div className="actions">
        <small className="grow">{t('keysHint')}</small>
        <button type="button" onClick={onCancel}>{t('cancel')}</button>
        <button type="submit" className="primary" disabled={busy} data-opened={opened}>{busy ? t('doing') : t('confirm', { verb: name('verb', 'report') })}</button>
      </div>
    </form>
  );
}
