// Which step, with what reason? One form for one warning and for many, with what would happen on top.
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { act, type Problem, type Schemas } from '~/api/client';
import { useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { TABLES, useNames } from '~/i18n/domain';
import { Field, ProblemBox } from '~/ui';
import { Dialog } from '~/ui/dialog';
import { useHold, useToast } from '~/ui/toast';
import { carryOut, refreshRow, type Plan } from './acts';
import { alertWords } from './words';

export function ActDialog({ plan, failed: first, onClose }: { plan: Plan; failed?: Problem[]; onClose: () => void }) {
  const t = useWords(alertWords);
  const c = useWords(common);
  const name = useNames();
  const toast = useToast();
  const hold = useHold();
  const navigate = useNavigate();
  const [reason, setReason] = useState('');
  const [approver, setApprover] = useState('');
  const [lease, setLease] = useState(60);
  const [finding, setFinding] = useState({ outcome: 'confirmed', code: '', amount: '', referred: false, rectified: false });
  const [progress, setProgress] = useState<number | null>(null);
  const [failed, setFailed] = useState<Problem[]>(first ?? []);
  const verb = name('verb', plan.verb);
  const count = plan.ready.length;
  const needsReason = plan.verb === 'wait' || plan.verb === 'escalate';
  const ready = count > 0 && progress === null && (!needsReason || reason.trim() !== '') && (plan.verb !== 'wait' || approver.trim() !== '') && (plan.verb !== 'report' || finding.code.trim() !== '');
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    const body: Partial<Schemas['ActBody']> = { reason: reason.trim() };
    if (plan.verb === 'ack') body.lease_minutes = lease;
    if (plan.verb === 'wait') body.approver = approver.trim();
    if (plan.verb === 'report') {
      const { amount, ...rest } = finding;
      body.finding = { ...rest, code: rest.code.trim(), amount_fen: amount ? Math.round(Number(amount) * 100) : null };
    }
    const [only] = plan.ready;
    if (plan.verb === 'report' && only && count === 1) {
      // A report has no opposite: it is held back for some seconds, so that a slip can be undone.
      hold({
        text: t('willReport', { what: `${name('outcome', finding.outcome)} · ${only.subject_name ?? ''}` }),
        send: () => act(only, 'report', body).then(() => t('done', { n: 1, verb })).finally(() => void refreshRow(only.warning).catch(() => {})),
        look: { label: t('openTask2'), run: () => navigate({ to: '/tasks/$id', params: { id: only.id.replaceAll('/', '~') } }) },
      });
      onClose();
      return;
    }
    setProgress(0);
    const result = await carryOut(plan, body, setProgress);
    setProgress(null);
    if (result.failed.length === 0) {
      toast(t('done', { n: result.after.length, verb }));
      onClose();
    } else {
      toast(t('partly', { n: result.after.length, m: result.failed.length }), 'bad');
      setFailed(result.failed);
    }
  };
  return (
    <Dialog title={t('dryTitle', { verb })} onClose={onClose}>
      <ul className="dryrun">
        <li className="good">{t('willDo', { n: count, verb })}</li>
        {plan.wrongState.length > 0 && <li>{t('becauseState', { n: plan.wrongState.length })}</li>}
        {plan.heldByOthers.length > 0 && <li>{t('becauseHeld', { n: plan.heldByOthers.length })}</li>}
        {plan.without > 0 && <li>{t('becauseNone', { n: plan.without })}</li>}
      </ul>
      {failed[0] && <ProblemBox error={failed[0]} />}
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {plan.verb === 'ack' && <Field label={t('lease')}><input type="number" min={5} max={1440} value={lease} onChange={(event) => setLease(Number(event.target.value))} /></Field>}
        {plan.verb === 'report' && (
          <>
            <fieldset className="choices">
              <legend>{t('outcome')}</legend>
              {Object.keys(TABLES.outcome).map((outcome) => (
                <label key={outcome}><input type="radio" name="outcome" checked={finding.outcome === outcome} onChange={() => setFinding({ ...finding, outcome })} /> {name('outcome', outcome)}</label>
              ))}
            </fieldset>
            <Field label={t('code')}><input required value={finding.code} onChange={(event) => setFinding({ ...finding, code: event.target.value })} /></Field>
            <Field label={t('amount')}><input type="number" min={0} step="0.01" value={finding.amount} onChange={(event) => setFinding({ ...finding, amount: event.target.value })} /></Field>
            <label><input type="checkbox" checked={finding.referred} onChange={(event) => setFinding({ ...finding, referred: event.target.checked })} /> {t('referred')}</label>
            <label><input type="checkbox" checked={finding.rectified} onChange={(event) => setFinding({ ...finding, rectified: event.target.checked })} /> {t('rectified')}</label>
          </>
        )}
        <Field label={t('noteReason')}><textarea required={needsReason} value={reason} onChange={(event) => setReason(event.target.value)} /></Field>
        {plan.verb === 'wait' && <Field label={t('approver')}><input required value={approver} onChange={(event) => setApprover(event.target.value)} /></Field>}
        <footer>
          <button type="button" onClick={onClose}>{c('cancel')}</button>
          <button type="submit" className="primary" disabled={!ready}>{progress === null ? `${t('doIt')} (${count})` : `${progress} / ${count}`}</button>
        </footer>
      </form>
    </Dialog>
  );
}
