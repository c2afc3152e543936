// What did the lead's finding do to a warning: kept, lowered, closed?
import type { Warning } from '~/api/client';
import { useWords, words } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { Chip, Level, When } from '.';

const dictionary = words(
  { kept: '核查后维持', lowered: '核查后降级', closed: '核查后关闭', treated: '按此级处置', found: '结论' },
  { kept: 'kept after the finding', lowered: 'lowered by the finding', closed: 'closed by the finding', treated: 'to be treated as', found: 'found' },
);

export function Ruling({ warning, short }: { warning: Warning; short?: boolean }) {
  const t = useWords(dictionary);
  const name = useNames();
  const told = warning.ruling;
  if (!told || !(told.effect in dictionary.zh)) return null;
  const chip = <Chip tone={told.effect === 'kept' ? 'warn' : 'good'}>{t(told.effect as 'kept')}</Chip>;
  if (short) return chip;
  return (
    <p className="row ruling">
      {chip}
      <span>{t('found')}: {name('outcome', told.outcome)}</span>
      {told.effect === 'lowered' && told.level && <><span className="muted">{t('treated')}</span> <Level level={told.level} /></>}
      <small><When at={told.at} /></small>
    </p>
  );
}
