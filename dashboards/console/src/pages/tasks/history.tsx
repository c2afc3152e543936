// What was done with a task, by whom, and what was found?
import type { Task } from '~/api/client';
import { useLang, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { useFormat } from '~/i18n/time';
import { Chip, When } from '~/ui';
import { useMeasureName } from './measure';
import { CODES, taskWords } from './words';

const TONE: Record<string, 'bad' | 'warn' | 'good'> = { confirmed: 'bad', partly: 'warn', unfounded: 'good' };

/** The text of a finding's code; a code of another list stands as it is. */
export function useCode() {
  const { lang } = useLang();
  return (outcome: string, code: string) => CODES[outcome]?.[code]?.[lang === 'zh' ? 0 : 1] ?? code;
}

export function Findings({ task }: { task: Task }) {
  const t = useWords(taskWords);
  const name = useNames();
  const code = useCode();
  const { yuan } = useFormat();
  const findings = task.findings ?? [];
  if (findings.length === 0) return null;
  return (
    <section aria-label={t('findings')} className="findings">
      {findings.map((finding) => (
        <div key={finding.at} className="foundbox">
          <Chip tone={TONE[finding.outcome]}>{name('outcome', finding.outcome)}</Chip>
          <span>{code(finding.outcome, finding.code)}</span>
          {finding.amount_fen ? <span>{t('amountShort')} {yuan(finding.amount_fen)}</span> : null}
          {finding.referred && <Chip tone="warn">{t('confirmedShort')}</Chip>}
          {finding.rectified && <Chip tone="good">{t('rectifiedShort')}</Chip>}
          <small><When at={finding.at} /></small>
        </div>
      ))}
    </section>
  );
}

export function History({ task }: { task: Task }) {
  const t = useWords(taskWords);
  const name = useNames();
  const names = useModelNames();
  const measure = useMeasureName();
  const steps = task.steps ?? [];
  return (
    <div className="stack">
      <Findings task={task} />
      {steps.length === 0 ? <p className="muted">{t('noSteps')}</p> : (
        <ol className="steps">
          {steps.toReversed().map((step) => (
            <li key={step.act}>
              <div><b>{name('verb', step.verb)}</b>{step.measure && <> {measure(step.measure)}</>} <span className="muted">{name('state', step.from)} → {name('state', step.to)}</span></div>
              <small><When at={step.at} /> · {step.by}{step.agency ? ` · ${names.agency(step.agency)}` : ''}</small>
              {step.reason && <p>{step.reason}</p>}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
