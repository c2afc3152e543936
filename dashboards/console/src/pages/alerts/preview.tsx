// Why is this said, and what can be done about it? The pane beside the list.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data, type Warning } from '~/api/client';
import { useWarning } from '~/api/queries';
import { useSession } from '~/api/session';
import { useText, useWords } from '~/i18n';
import { useModelNames, useNames } from '~/i18n/domain';
import { Chip, Due, EvidenceList, Level, State, useContributionBars, Waiting, Waterfall, When } from '~/ui';
import { useNow } from '~/ui/now';
import { Ruling } from '~/ui/ruling';
import { dueOf, mainTask, type BoardVerb } from './acts';
import { alertWords } from './words';

const INDEXED = new Set(['index_level', 'veto']);

/** Where more is told of a warning: both firms side by side, or the enterprise. */
export function pairOf(warning: Warning): string | undefined {
  if (warning.kind !== 'vest_switch' || !warning.subject) return undefined;
  const other = warning.subjects.find((code) => code !== warning.subject);
  return other && `${other}..${warning.subject}`;
}

function Contributions({ uscc }: { uscc: string }) {
  const t = useWords(alertWords);
  const bars = useContributionBars();
  const query = useQuery({
    queryKey: ['indices', 'index', uscc],
    queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/index', { params: { path: { uscc } } })),
  });
  if (!query.data) return <Waiting query={query} />;
  const now = query.data.now;
  if (!now?.contributions) return null;
  return (
    <Waterfall title={`${t('why')}: ${now.score} · ${now.as_of}`} unit="" total={now.score} bars={bars(now.contributions)} />
  );
}

function Tasks({ warning }: { warning: Warning }) {
  const t = useWords(alertWords);
  const names = useModelNames();
  const name = useNames();
  const now = useNow();
  const { me } = useSession();
  if (!warning.tasks?.length) return <p className="muted">{t('noTask')}</p>;
  return (
    <ul className="tasklist">
      {warning.tasks.map((task) => {
        const due = dueOf(task);
        return (
          <li key={task.id}>
            <Link to="/tasks/$id" params={{ id: task.id.replaceAll('/', '~') }}>{names.agency(task.agency)}</Link>
            <span className="muted">{name('role', task.role)}</span>
            <State state={task.state} />
            {due && <Due at={due} now={now} overdue={task.overdue} />}
            {task.holder && task.lease_until && <small>{t('leaseOf', { who: task.holder === me?.id ? t('you') : task.holder, time: task.lease_until.slice(5, 16).replace('T', ' ') })}</small>}
          </li>
        );
      })}
    </ul>
  );
}

export function Preview({ row, onAct }: { row: Warning; onAct: (verb: BoardVerb) => void }) {
  const t = useWords(alertWords);
  const text = useText();
  const name = useNames();
  const { me } = useSession();
  const query = useWarning(row.id);
  const warning = query.data ?? row;
  const pair = pairOf(warning);
  const task = mainTask(warning, me);
  const verbs: [BoardVerb, string][] = [['ack', 'a'], ['escalate', 'e'], ['wait', 's'], ['report', 'c']];
  const bars = [...(warning.evidence ?? []), ...(warning.against ?? [])].map((line, index) => ({ id: String(index), label: text(line.statement), value: line.weight, events: line.events }));
  return (
    <article className="preview" aria-label={t('preview')}>
      <header>
        <div className="row">
          <Level level={warning.level} /> <Chip>{name('kind', warning.kind)}</Chip> {warning.state !== 'open' && <State state={warning.state} />}
        </div>
        <h2>{text(warning.summary)}</h2>
        <p className="muted">{t('raised')} <When at={warning.raised_at} /> · {t('updated')} <When at={warning.updated_at} /> · {t('score')} {warning.score} · {warning.model}</p>
        <Ruling warning={warning} />
        {warning.withdrawn_because && <p>{t('withdrawnBecause')}: {text(warning.withdrawn_because)}</p>}
      </header>
      <div className="row">
        {pair && <Link className="button primary" to="/pairs/$id" params={{ id: pair }}>{t('openPair')}</Link>}
        {warning.subject && <Link className="button" to="/enterprises/$uscc" params={{ uscc: warning.subject }}>{t('openFirm')}</Link>}
        {task && <Link className="button" to="/tasks/$id" params={{ id: task.id.replaceAll('/', '~') }}>{t('openTask')}</Link>}
      </div>
      {task && (
        <div className="row acts">
          {verbs.map(([verb, key]) => (
            <button key={verb} type="button" className="small" disabled={!task.allowed.includes(verb)} onClick={() => onAct(verb)}><kbd>{key}</kbd> {name('verb', verb)}</button>
          ))}
        </div>
      )}
      {warning.subject && INDEXED.has(warning.kind) && warning.reasons && <Contributions uscc={warning.subject} />}
      {query.error ? <Waiting query={query} /> : null}
      {!INDEXED.has(warning.kind) && bars.length > 0 && <Waterfall title={t('why')} unit="" apart bars={bars} />}
      {warning.evidence ? <EvidenceList lines={INDEXED.has(warning.kind) ? warning.evidence : undefined} against={warning.against ?? []} /> : !warning.reasons && <p className="muted">{t('noReasons')}</p>}
      <section><h3>{t('tasks')}</h3><Tasks warning={warning} /></section>
      <section><h3>{t('measures')}</h3><p className="chips">{warning.measures.map((measure) => <Chip key={measure}>{name('measure', measure)}</Chip>)}</p></section>
      {warning.subjects.length > 1 && (
        <section>
          <h3>{t('subjects', { n: warning.subjects.length })}</h3>
          <p className="chips">{warning.subjects.map((code) => <Link key={code} to="/enterprises/$uscc" params={{ uscc: code }}><code>{code}</code></Link>)}</p>
        </section>
      )}
    </article>
  );
}
