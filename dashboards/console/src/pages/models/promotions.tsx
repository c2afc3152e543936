// Which model is to judge next, who said so, and who agreed? Proposed by one person, decided by another.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, optional, Problem, type Schemas } from '~/api/client';
import { useSession } from '~/api/session';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { Chip, DataTable, Empty, Field, Panel, ProblemBox, When } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { useToast } from '~/ui/toast';
import { studioWords, type StudioWord } from './studio';

type Promotion = Schemas['PromotionShape'];

const TONE: Record<string, 'good' | 'warn' | 'bad' | 'accent' | undefined> = { proposed: 'accent', approved: 'good', rejected: 'bad' };

type Asked = { kind: 'propose' } | { kind: 'rollback' } | { kind: 'approve' | 'reject'; on: Promotion };

function AskDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const t = useWords(studioWords);
  const c = useWords(common);
  const client = useQueryClient();
  const toast = useToast();
  const [version, setVersion] = useState('');
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const needsReason = asked.kind !== 'approve';
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const body = { reason: reason.trim() };
      if (asked.kind === 'propose') await api.POST('/api/v1/models/{version}/promotions', { params: { path: { version: version.trim().replaceAll('/', '~') } }, body });
      else if (asked.kind === 'rollback') await api.POST('/api/v1/models/rollback', { body });
      else await api.POST('/api/v1/models/promotions/{id}/{act}', { params: { path: { id: asked.on.id, act: asked.kind }, header: { 'If-Match': asked.on.etag } }, body });
      toast(t(`${asked.kind}Done` as StudioWord));
      await client.invalidateQueries({ queryKey: ['models'] });
      onClose();
    } catch (caught) {
      setError(caught);
      if (caught instanceof Problem && caught.status === 412) void client.invalidateQueries({ queryKey: ['models'] });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t(asked.kind)} onClose={onClose}>
      <p className="muted">{t(`${asked.kind}Why` as StudioWord)}</p>
      {'on' in asked && <p><b>{asked.on.before}</b> → <b>{asked.on.model}</b></p>}
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {asked.kind === 'propose' && <Field label={t('version')} hint={t('versionHint')}><input required autoComplete="off" spellCheck={false} value={version} onChange={(event) => setVersion(event.target.value)} /></Field>}
        <Field label={c('reason')}><textarea required={needsReason} value={reason} onChange={(event) => setReason(event.target.value)} /></Field>
        {error ? <ProblemBox error={error} /> : null}
        <footer>
          <button type="button" onClick={onClose}>{c('cancel')}</button>
          <button type="submit" className="primary" disabled={busy || (needsReason && !reason.trim()) || (asked.kind === 'propose' && !version.trim())}>{t(asked.kind)}</button>
        </footer>
      </form>
    </Dialog>
  );
}

export function Promotions() {
  const t = useWords(studioWords);
  const { me, open, has } = useSession();
  const [asked, setAsked] = useState<Asked | null>(null);
  const query = useQuery({ queryKey: ['models', 'promotions'], queryFn: () => optional(data(api.GET('/api/v1/models/promotions'))), refetchInterval: 30_000 });
  const history = query.data;
  if (!history) return null;
  const waiting = history.promotions.filter((one) => one.state === 'proposed');
  const who = (id: string | null | undefined) => (id === me?.id ? t('you') : id);
  const proposes = !open && has('analyst');
  const decides = !open && has('analyst', 'dispatcher');
  const buttons = proposes ? (
    <span className="row">
      {history.promotions.some((one) => one.state === 'approved') && <button type="button" className="small" onClick={() => setAsked({ kind: 'rollback' })}>{t('rollback')}</button>}
      <button type="button" className="small primary" onClick={() => setAsked({ kind: 'propose' })}>{t('propose')}</button>
    </span>
  ) : null;
  return (
    <Panel title={t('promotions')} side={buttons}>
      {open && <p className="muted">{t('twoPeople')}</p>}
      {waiting.map((one) => (
        <section key={one.id} className="proposal" aria-label={`${t('proposed')} ${one.model}`}>
          <p className="row"><Chip tone="accent">{t(one.kind === 'rollback' ? 'rollbackShort' : 'proposed')}</Chip> {one.before} → <b>{one.model}</b> <code title={one.digest}>{one.digest.slice(0, 12)}</code></p>
          <p>{one.reason} <small>{who(one.proposed_by)} · <When at={one.proposed_at} /></small></p>
          {decides && (
            <p className="row">
              {one.proposed_by === me?.id ? <small>{t('another')}</small> : <button type="button" className="small primary" onClick={() => setAsked({ kind: 'approve', on: one })}>{t('approve')}</button>}
              <button type="button" className="small" onClick={() => setAsked({ kind: 'reject', on: one })}>{t('reject')}</button>
            </p>
          )}
        </section>
      ))}
      <DataTable caption={t('promotions')} rows={history.promotions.filter((one) => one.state !== 'proposed')} rowKey={(one) => one.id}
        empty={waiting.length > 0 ? <></> : <Empty title={t('noPromotions')}>{t('noPromotionsDo')}</Empty>} columns={[
          { key: 'state', nowrap: true, head: t('state'), cell: (one) => <Chip tone={TONE[one.state]}>{t((one.state in studioWords.zh ? one.state : 'overtaken') as StudioWord)}</Chip> },
          { key: 'model', head: t('change'), cell: (one) => <>{one.before} → <b>{one.model}</b></> },
          { key: 'proposed', head: t('proposedBy'), cell: (one) => <>{one.reason}<br /><small>{who(one.proposed_by)} · <When at={one.proposed_at} /></small></> },
          { key: 'decided', head: t('decidedBy'), cell: (one) => (one.decided_at ? <>{one.decision}<br /><small>{who(one.decided_by)} · <When at={one.decided_at} /></small></> : '—') },
        ]} />
      {asked && <AskDialog asked={asked} onClose={() => setAsked(null)} />}
    </Panel>
  );
}
