// What was rejected, why, and can it be mended? Letters by reason; one opened, edited beside its original, and replayed.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { raw } from '~/api/client';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Empty, Panel, ProblemBox, Waiting, When } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { useToast } from '~/ui/toast';
import { qualityWords, type QualityWord } from './words';

export interface Letter {
  id: string; at: string; class: string; message: string; field?: string | null; source: string; position: number;
  original?: string; original_b64?: string; original_sha256?: string;
}
interface Outcome { results: { index: number; outcome: string; class?: string; field?: string; message?: string }[] }

/** JSON with indents; text that is none stays as it is. */
function pretty(text: string | undefined): string {
  try {
    return JSON.stringify(JSON.parse(text ?? ''), null, 2);
  } catch {
    return text ?? '';
  }
}

/** Lines of two texts, told apart by the longest run of lines that both have. */
export function difference(before: string, after: string): { mark: ' ' | '-' | '+'; line: string }[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const length: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) length[i]![j] = a[i] === b[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
  const lines: { mark: ' ' | '-' | '+'; line: string }[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { lines.push({ mark: ' ', line: a[i]! }); i += 1; j += 1; }
    else if (i < a.length && (j >= b.length || length[i + 1]![j]! >= length[i]![j + 1]!)) { lines.push({ mark: '-', line: a[i]! }); i += 1; }
    else { lines.push({ mark: '+', line: b[j]! }); j += 1; }
  }
  return lines;
}

export function useClass() {
  const t = useWords(qualityWords);
  return (word: string) => (word in qualityWords.zh ? t(word as QualityWord) : word);
}

/** The line of the text that holds the field at fault: `subject`, `data.uscc`. */
function faultLine(text: string, field: string | null | undefined): number {
  const last = field?.split(/[./[\]]+/).filter(Boolean).at(-1);
  return last ? text.split('\n').findIndex((line) => line.includes(`"${last}"`)) : -1;
}

function Mend({ letter, onClose }: { letter: Letter; onClose: (done: boolean) => void }) {
  const t = useWords(qualityWords);
  const named = useClass();
  const toast = useToast();
  const client = useQueryClient();
  const before = useMemo(() => pretty(letter.original), [letter]);
  const [text, setText] = useState(before);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [outcome, setOutcome] = useState<Outcome['results'][number] | null>(null);
  const whole = letter.original !== undefined && !letter.original_sha256;
  const lines = difference(before, text);
  const changed = lines.filter((line) => line.mark !== ' ').length;
  const fault = faultLine(before, letter.field);
  let invalid = '';
  try { JSON.parse(text); } catch (why) { invalid = (why as Error).message; }
  const send = async (mended: boolean) => {
    setBusy(true);
    setError(null);
    setOutcome(null);
    try {
      const init: RequestInit = mended ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(JSON.parse(text)) } : { method: 'POST' };
      const told = await raw<Outcome>(`/api/v1/dead-letters/${encodeURIComponent(letter.id)}/replay`, init);
      const result = told.results[0];
      setOutcome(result ?? null);
      if (result?.outcome === 'accepted') {
        toast(t('ok'));
        void client.invalidateQueries({ queryKey: ['sources'] });
        void client.invalidateQueries({ queryKey: ['feeds'] });
        void client.invalidateQueries({ queryKey: ['letters'] });
        onClose(true);
      }
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const report = () => void navigator.clipboard.writeText(`${letter.source}:${letter.position}\n${letter.class} ${letter.field ?? ''}: ${letter.message}\n\n${before}\n`).then(() => toast(t('reported')));
  return (
    <Dialog title={`${named(letter.class)} · ${letter.id}`} onClose={() => onClose(false)} wide>
      <dl className="facts">
        <dt>{t('message')}</dt><dd className="formerror">{letter.message}</dd>
        <dt>{t('where')}</dt><dd><code>{letter.source}:{letter.position}</code></dd>
        <dt>{t('at')}</dt><dd><When at={letter.at} /></dd>
      </dl>
      {!whole && <p className="formerror">{t('cut')}</p>}
      <div className="mendgrid">
        <section>
          <h3>{changed ? t('diff') : t('original')}</h3>
          <pre className="original" tabIndex={0} aria-label={t('diff')}>
            {changed
              ? lines.map((line, index) => <span key={index} className={line.mark === '-' ? 'minus' : line.mark === '+' ? 'plus' : ''}>{line.mark} {line.line}{'\n'}</span>)
              : before.split('\n').map((line, index) => <span key={index} className={index === fault ? 'fault' : ''}>{line}{index === fault ? `   ◀ ${letter.message}` : ''}{'\n'}</span>)}
          </pre>
        </section>
        <section>
          <h3>{t('mended')} <small>{changed ? t('changed', { n: changed }) : t('unchanged')}</small></h3>
          <textarea className="editor" aria-label={t('mended')} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} data-first />
        </section>
      </div>
      {invalid && <p className="formerror" role="alert">{t('invalid', { why: invalid })}</p>}
      {outcome && <p className={outcome.outcome === 'rejected' ? 'formerror' : ''} role="status">{t(`outcome_${outcome.outcome}` as QualityWord)}{outcome.message ? `: ${outcome.message}` : ''}</p>}
      {error !== null && <ProblemBox error={error} />}
      <div className="actions">
        <small className="grow">{t('mendHint')}</small>
        <button type="button" className="ghost" onClick={report}>{t('copyReport')}</button>
        {changed > 0 && <button type="button" onClick={() => setText(before)}>{t('reset')}</button>}
        {whole && <button type="button" disabled={busy} onClick={() => void send(false)}>{t('replay')}</button>}
        <button type="button" className="primary" disabled={busy || invalid !== '' || changed === 0} onClick={() => void send(true)}>{t('mend')}</button>
      </div>
    </Dialog>
  );
}

/** Letters of one class, field and source together, most first. */
function grouped(letters: Letter[]): Letter[][] {
  const groups = new Map<string, Letter[]>();
  for (const letter of letters) {
    const key = `${letter.class}\n${letter.field ?? ''}\n${letter.source}`;
    const group = groups.get(key);
    if (group) group.push(letter);
    else groups.set(key, [letter]);
  }
  return [...groups.values()].toSorted((a, b) => b.length - a.length);
}

export function Letters() {
  const t = useWords(qualityWords);
  const named = useClass();
  const { number } = useFormat();
  const [search, setSearch] = useParams();
  const [open, setOpen] = useState<Letter | null>(null);
  const [done, setDone] = useState<Set<string>>(new Set());
  const query = useInfiniteQuery({
    queryKey: ['letters', search.class],
    initialPageParam: '',
    queryFn: ({ pageParam }) => {
      const params = new URLSearchParams({ limit: '200' });
      if (search.class) params.set('class', search.class);
      if (pageParam) params.set('cursor', pageParam);
      return raw<{ dead_letters: Letter[]; next_cursor: string | null }>(`/api/v1/dead-letters?${params}`);
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const letters = query.data?.pages.flatMap((page) => page.dead_letters) ?? [];
  const groups = grouped(letters);
  const classes = [...new Set(letters.map((letter) => letter.class))];
  if (!query.data) return <Panel title={t('letters')}><Waiting query={query} /></Panel>;
  return (
    <Panel title={t('letters')} side={
      <select aria-label={t('class')} value={search.class ?? ''} onChange={(event) => setSearch({ class: event.target.value || undefined })}>
        <option value="">{t('allClasses')}</option>
        {[...new Set([...classes, search.class].filter(Boolean))].map((one) => <option key={one} value={one}>{named(one!)}</option>)}
      </select>}>
      {letters.length === 0 ? <Empty title={t('noLetters')}>{search.class ? t('noLettersFilter') : t('noLettersHint')}</Empty> : (
        <div className="stack">
          <DataTable caption={t('groups')} rows={groups} rowKey={(group) => group[0]!.id} columns={[
            { key: 'class', head: t('class'), width: 110, cell: (group) => <Chip tone="bad">{named(group[0]!.class)}</Chip> },
            { key: 'message', head: t('groups'), cell: (group) => group[0]!.message },
            { key: 'field', head: t('field'), cell: (group) => <code>{group[0]!.field ?? '—'}</code> },
            { key: 'source', head: t('source'), cell: (group) => <code title={group[0]!.source}>{group[0]!.source.split('/').at(-1)}</code> },
            { key: 'count', head: t('count'), align: 'right', cell: (group) => <b>{number(group.length)}</b>, sort: (a, b) => a.length - b.length },
          ]} />
          <DataTable caption={t('letters')} rows={letters} rowKey={(letter) => letter.id} columns={[
            { key: 'id', head: <span className="sr">id</span>, width: 90, cell: (letter) => <code>{letter.id}</code> },
            { key: 'message', head: t('message'), cell: (letter) => <span>{letter.message} {done.has(letter.id) && <Chip tone="good">{t('ok')}</Chip>}</span> },
            { key: 'where', head: t('where'), cell: (letter) => <code title={letter.source}>{letter.source.split('/').at(-1)}:{letter.position}</code> },
            { key: 'at', head: t('at'), width: 140, cell: (letter) => <When at={letter.at} />, sort: (a, b) => a.at.localeCompare(b.at) },
            { key: 'open', head: <span className="sr">{t('open')}</span>, align: 'right', width: 90, cell: (letter) => <button type="button" className="small" onClick={() => setOpen(letter)}>{t('open')}</button> },
          ]} />
          {query.hasNextPage && <div className="row"><button type="button" className="small" onClick={() => void query.fetchNextPage()}>{t('more')}</button></div>}
        </div>
      )}
      {open && <Mend letter={open} onClose={(ok) => { if (ok) setDone(new Set([...done, open.id])); setOpen(null); }} />}
    </Panel>
  );
}
