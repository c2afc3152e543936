// What is registered, since when, who says so, and when was it learned? Both times of every fact.
import { useState } from 'react';
import { api, type Enterprise } from '~/api/client';
import { queryClient } from '~/api/queries';
import { useSession } from '~/api/session';
import { useLang, useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useNames } from '~/i18n/domain';
import { yuan } from '~/i18n/time';
import { Chip, DataTable, Field, Firm, Panel, ProblemBox, When } from '~/ui';
import { Dialog } from '~/ui/dialog';
import type { Row } from './history';
import { firmWords } from './words';

interface Fact { what: string; value: string; from?: string | null; until?: string | null; event?: string }

/** Whether a span holds on a day; an open end holds for ever. */
const holds = (fact: { from?: string | null; until?: string | null }, day: string | undefined) =>
  !day || ((!fact.from || fact.from <= day) && (!fact.until || fact.until > day));

export function Facts({ firm, rows, asOf }: { firm: Enterprise; rows: Row[]; asOf: string | undefined }) {
  const t = useWords(firmWords);
  const { lang } = useLang();
  const name = useNames();
  const known = new Map(rows.map((row) => [row.event, row]));
  const facts: Fact[] = [
    ...firm.names.map((name) => ({ what: t('nameFact'), ...name })),
    ...firm.domiciles.map((place) => ({ what: t('domicile'), ...place })),
  ].filter((fact) => holds(fact, asOf));
  const plain: [string, string | null | undefined][] = [
    [t('established'), firm.established_on], [t('ended'), firm.ended_on], [t('type'), firm.entity_type], [t('industry'), firm.industry && `${firm.industry} ${name('industry', firm.industry.slice(0, 1))}`],
    [t('capital'), firm.subscribed_fen == null ? null : yuan(firm.subscribed_fen, lang)], [t('paid'), firm.paid_fen == null ? null : yuan(firm.paid_fen, lang)], [t('scope'), firm.scope],
  ];
  return (
    <Panel title={t('facts')}>
      <dl className="facts">{plain.filter(([, value]) => value).map(([what, value]) => <div key={what} className="fact"><dt>{what}</dt><dd>{value}</dd></div>)}</dl>
      <DataTable caption={t('facts')} rows={facts} rowKey={(fact, index) => `${fact.event}${index}`} columns={[
        { key: 'what', nowrap: true, head: t('attribute'), cell: (fact) => fact.what },
        { key: 'value', head: t('value'), width: 230, cell: (fact) => <>{fact.value} {fact.until && <Chip>{t('retired')}</Chip>}</> },
        { key: 'from', nowrap: true, head: t('validFrom'), cell: (fact) => fact.from ?? '—' },
        { key: 'until', nowrap: true, head: t('validUntil'), cell: (fact) => fact.until ?? '—' },
        { key: 'time', head: t('eventTime'), cell: (fact) => <When at={fact.event ? known.get(fact.event)?.time : null} /> },
        { key: 'at', head: t('learnedAt'), cell: (fact) => <When at={fact.event ? known.get(fact.event)?.at : null} /> },
        { key: 'source', head: t('source'), cell: (fact) => <code className="uscc">{fact.event}</code> },
      ]} />
    </Panel>
  );
}

function RevealDialog({ uscc, onClose }: { uscc: string; onClose: () => void }) {
  const t = useWords(firmWords);
  const c = useWords(common);
  const [purpose, setPurpose] = useState('');
  const [about, setAbout] = useState('');
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    try {
      const { data } = await api.POST('/api/v1/enterprises/{uscc}/reveal', { params: { path: { uscc } }, body: { purpose: purpose.trim(), case: about.trim() || null } });
      queryClient.setQueryData(['indices', 'enterprise', uscc], data);
      onClose();
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Dialog title={t('reveal')} onClose={onClose}>
      <p className="muted">{t('revealWhy')}</p>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <Field label={t('purpose')}><textarea required autoFocus value={purpose} onChange={(event) => setPurpose(event.target.value)} /></Field>
        <Field label={t('case')}><input value={about} onChange={(event) => setAbout(event.target.value)} /></Field>
        {error ? <ProblemBox error={error} /> : null}
        <footer><button type="button" onClick={onClose}>{c('cancel')}</button><button type="submit" className="primary" disabled={!purpose.trim()}>{t('reveal')}</button></footer>
      </form>
    </Dialog>
  );
}

export function People({ firm, asOf }: { firm: Enterprise; asOf: string | undefined }) {
  const t = useWords(firmWords);
  const name = useNames();
  const { has } = useSession();
  const [asking, setAsking] = useState(false);
  const posts = firm.posts.filter((post) => holds(post, asOf));
  const reveal = firm.revealed ? <Chip tone="warn">{t('revealed')}</Chip> : has('investigator', 'analyst') ? <button type="button" className="small" onClick={() => setAsking(true)}>{t('reveal')}</button> : null;
  return (
    <Panel title={t('people')} side={reveal}>
      <DataTable caption={t('people')} rows={posts} rowKey={(post, index) => `${post.person}${index}`} columns={[
        { key: 'office', nowrap: true, head: t('office'), cell: (post) => name('office', post.office) },
        { key: 'person', head: t('person'), cell: (post) => <code>{post.person}</code> },
        { key: 'pct', nowrap: true, head: t('pct'), align: 'right', cell: (post) => (post.pct == null ? '' : `${post.pct} %`) },
        { key: 'term', head: t('term'), cell: (post) => <span className="nowrap">{post.from ?? '…'} –{post.until ? <> <br />{post.until}</> : ''}</span> },
      ]} />
      <h3>{t('holders')}</h3>
      <ul className="parties">
        {firm.holders.map((party, index) => <li key={index}>{party.enterprise ? <Firm uscc={party.enterprise} /> : <code>{party.person ?? '—'}</code>} {party.pct != null && `${party.pct} %`}</li>)}
        {firm.controllers.map((party, index) => <li key={`c${index}`}><Chip tone="accent">{t('controller')}</Chip> {party.enterprise ? <Firm uscc={party.enterprise} /> : <code>{party.person ?? '—'}</code>} {party.pct != null && `${party.pct} %`}</li>)}
      </ul>
      <h3>{t('contact')}</h3>
      <p className="chips">{[...firm.phones, ...firm.emails].map((value) => <Chip key={value}>{value}</Chip>)}{firm.phones.length + firm.emails.length === 0 && '—'}</p>
      {asking && <RevealDialog uscc={firm.uscc} onClose={() => setAsking(false)} />}
    </Panel>
  );
}
