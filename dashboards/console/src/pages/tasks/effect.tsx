// What came of the finding? The index before it and now, and what became of the warning.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data, type Task, type Warning } from '~/api/client';
import { useText, useWords } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { day } from '~/i18n/time';
import { Chip, Grade, Level } from '~/ui';
import { Ruling } from '~/ui/ruling';
import { Change } from '~/pages/enterprises/then';
import { taskWords } from './words';

export function Effect({ task, warning }: { task: Task; warning: Warning | undefined }) {
  const t = useWords(taskWords);
  const text = useText();
  const name = useNames();
  const uscc = task.subject ?? undefined;
  const found = task.findings?.at(-1);
  const query = useQuery({
    queryKey: ['indices', 'index', uscc],
    queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/index', { params: { path: { uscc: uscc! } } })),
    enabled: !!uscc && !!found,
  });
  if (!found || !query.data) return null;
  const reported = day(found.at);
  const before = query.data.history.findLast((score) => score.day < reported);
  const now = query.data.history.at(-1);
  const change = now && before ? now.score - before.score : 0;
  const last = query.data.history.findLast((score) => score.day >= reported);
  return (
    <section className="effect" aria-label={t('effect')}>
      <h3>{t('effect')}</h3>
      <p className="row">
        {before && <><span>{t('beforeReport')} <b>{before.score}</b> <Grade grade={before.grade} /></span> <span aria-hidden="true">→</span></>}
        {now && <span>{t('nowIndex')} <b>{now.score}</b> <Grade grade={now.grade} /></span>}
        {change !== 0 && <Change by={change} />}
        {uscc && last && change !== 0 && <Link to="/enterprises/$uscc" params={{ uscc }} search={{ day: last.day }}>{t('seeStep')}</Link>}
      </p>
      {change >= 0 && <p className="muted">{t('noFall')}</p>}
      {warning && <Ruling warning={warning} />}
      {warning && (warning.state === 'withdrawn'
        ? <p><Chip tone="good">{name('state', 'withdrawn')}</Chip> {text(warning.withdrawn_because)}</p>
        : <p className="row"><Level level={warning.level} /> <span className="muted">{t('stillOpen')}</span></p>)}
    </section>
  );
}
