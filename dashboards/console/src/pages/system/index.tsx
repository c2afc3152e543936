// How is the service? Condition, journal, sources, outlets, and what its metrics say.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { api, data, raw } from '~/api/client';
import { useStatus, type Status } from '~/api/queries';
import { useSession } from '~/api/session';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Empty, Page, Panel, Waiting, When } from '~/ui';
import { buckets, bytes, parse, quantile, seconds, sum, type Sample } from './metrics';
import { systemWords, type SystemWord } from './words';
import './system.css';

type Full = Status & { version?: string; reason?: string };

function Condition({ status }: { status: Full }) {
  const t = useWords(systemWords);
  const { number, span } = useFormat();
  const behind = status.watermark ? Date.now() - new Date(status.watermark).getTime() : null;
  return (
    <dl className="facts wide">
      <dt>{t('condition')}</dt>
      <dd><Chip tone={status.state === 'ready' ? 'good' : status.state === 'poisoned' ? 'bad' : 'warn'}>{status.state in systemWords.zh ? t(status.state as SystemWord) : status.state}</Chip> {status.reason}</dd>
      <dt>{t('version')}</dt><dd>{status.version ?? '—'}</dd>
      <dt>{t('model')}</dt><dd><Link to="/models"><code>{status.model}</code></Link></dd>
      <dt>{t('epochs')}</dt><dd>{number(status.epochs)}</dd>
      <dt>{t('waiting')}</dt><dd>{number(status.waiting_events)}</dd>
      <dt>{t('watermark')}</dt><dd><When at={status.watermark} /></dd>
      <dt>{t('clock')}</dt><dd>{behind === null ? '—' : span(behind)}</dd>
    </dl>
  );
}

const TONE: Record<string, 'good' | 'warn' | 'bad'> = { working: 'good', retrying: 'warn', halted: 'bad' };

function Outlets({ status }: { status: Full }) {
  const t = useWords(systemWords);
  return (
    <DataTable caption={t('outlets')} rows={status.outlets} rowKey={(one) => one.name} empty={<p className="muted">{t('noOutlets')}</p>} columns={[
      { key: 'name', head: t('outlet'), cell: (one) => <b>{one.name}</b> },
      { key: 'state', head: t('state'), cell: (one) => <Chip tone={TONE[one.state]}>{one.state in systemWords.zh ? t(one.state as SystemWord) : one.state}</Chip> },
      { key: 'handed', head: t('handed'), align: 'right', cell: (one) => one.handed_epoch },
      { key: 'delivered', head: t('delivered'), align: 'right', cell: (one) => one.delivered_epoch },
      { key: 'behind', head: t('behind'), align: 'right', cell: (one) => one.handed_epoch - one.delivered_epoch },
      { key: 'why', head: t('why'), cell: (one) => (one.reason ? <span>{one.reason} <small>{one.state === 'halted' ? t('haltedHint') : t('retryHint')} {one.attempts > 0 && `${t('attempts')} ${one.attempts}`}</small></span> : <span className="muted">—</span>) },
    ]} />
  );
}

/** How long something took: two quantiles, and the buckets as small bars. */
function Duration({ samples, name, title }: { samples: Sample[]; name: string; title: string }) {
  const t = useWords(systemWords);
  const { number } = useFormat();
  const [half, most] = [quantile(samples, name, 0.5), quantile(samples, name, 0.99)];
  if (!half || !most) return null;
  const bars = buckets(samples, name);
  const max = Math.max(1, ...bars.map((bar) => bar.count));
  const show = (bound: number) => (bound === Infinity ? t('over', { v: seconds(bars.at(-2)?.end ?? 0) }) : t('under', { v: seconds(bound) }));
  return (
    <div className="duration">
      <h3>{title}</h3>
      <dl><div><dt>{t('p50')}</dt><dd>{show(half.bound)}</dd></div><div><dt>{t('p99')}</dt><dd>{show(most.bound)}</dd></div></dl>
      <div className="metricbars" role="img" aria-label={`${title}: ${bars.filter((bar) => bar.count > 0).map((bar) => `${show(bar.end)} ${bar.count}`).join(', ')}`}>
        {bars.map((bar) => <span key={bar.end} style={{ height: `${Math.max(bar.count > 0 ? 6 : 1, (bar.count / max) * 100)}%` }} title={`${show(bar.end)}: ${bar.count}`} />)}
      </div>
      <small>{t('count', { n: number(half.count) })}, {t('since')}</small>
    </div>
  );
}

function Metrics() {
  const t = useWords(systemWords);
  const { number } = useFormat();
  const [find, setFind] = useState('');
  const query = useQuery({ queryKey: ['metrics'], queryFn: () => raw<string>('/metrics'), refetchInterval: 15_000 });
  if (!query.data) return <Waiting query={query} />;
  const samples = parse(query.data);
  const count = (name: string, labels: Record<string, string>) => number(sum(samples, name, labels));
  const shown = find ? samples.filter((one) => one.name.includes(find)) : samples.filter((one) => !one.name.endsWith('_bucket'));
  return (
    <div className="stack">
      <div className="metricgrid">
        <div className="duration">
          <h3>{t('events')}</h3>
          <dl>{(['accepted', 'duplicate', 'rejected'] as const).map((outcome) => <div key={outcome}><dt>{t(outcome)}</dt><dd className={outcome === 'rejected' && sum(samples, 'vestigo_events_total', { outcome }) > 0 ? 'late' : ''}>{count('vestigo_events_total', { outcome })}</dd></div>)}</dl>
          <small>{t('since')}</small>
        </div>
        <div className="duration"><h3>{t('journal')}</h3><dl><div><dt>{t('journalBytes')}</dt><dd>{bytes(sum(samples, 'vestigo_journal_bytes_total'))}</dd></div><div><dt>{t('messages')}</dt><dd>{count('vestigo_messages_total', { outcome: 'delivered' })}</dd></div></dl><small>{t('since')}</small></div>
        <Duration samples={samples} name="vestigo_journal_commit_duration_seconds" title={t('commit')} />
        <Duration samples={samples} name="vestigo_event_to_effect_duration_seconds" title={t('effect')} />
      </div>
      <details className="metricall">
        <summary>{t('all')} ({samples.length})</summary>
        <div className="stack">
          <input type="search" aria-label={t('find')} placeholder={t('find')} value={find} onChange={(event) => setFind(event.target.value)} />
          <DataTable caption={t('all')} rows={shown} rowKey={(one) => one.name + JSON.stringify(one.labels)} columns={[
            { key: 'name', head: t('name'), cell: (one) => <code>{one.name}{Object.keys(one.labels).length > 0 && <span className="muted">{`{${Object.entries(one.labels).map(([key, value]) => `${key}=${value}`).join(', ')}}`}</span>}</code> },
            { key: 'value', head: t('value'), align: 'right', cell: (one) => (Number.isInteger(one.value) ? number(one.value) : one.value.toPrecision(4)) },
          ]} />
        </div>
      </details>
    </div>
  );
}

const DemoCity = lazy(() => import('~/pages/welcome/demo'));

export default function System() {
  const t = useWords(systemWords);
  const { has, open } = useSession();
  const status = useStatus();
  const sources = useQuery({ queryKey: ['sources'], queryFn: () => data(api.GET('/api/v1/sources')), enabled: has('operator', 'dispatcher', 'analyst', 'auditor') });
  return (
    <Page title={t('title')} side={<>
      {has('operator') && !open && <Link className="button" to="/system/accounts">{t('accounts')}</Link>}
      <a className="button" href="/api/v1/openapi.json" target="_blank" rel="noreferrer">{t('openapi')}</a>
    </>}>
      <Suspense><DemoCity /></Suspense>
      {!status.data ? <Waiting query={status} /> : (
        <div className="grid2">
          <Panel title={t('condition')}><Condition status={status.data} /></Panel>
          <Panel title={t('sources')}>
            {sources.data ? (
              <DataTable caption={t('sources')} rows={sources.data.sources} rowKey={(one) => one.kind + one.reads} empty={<Empty title={t('noSources')} />} columns={[
                { key: 'kind', head: t('kind'), width: 90, cell: (one) => <Chip>{one.kind}</Chip> },
                { key: 'reads', head: t('reads'), cell: (one) => <code>{one.reads}</code> },
              ]} />
            ) : sources.isEnabled === false ? null : <Waiting query={sources} />}
          </Panel>
        </div>
      )}
      {status.data && <Panel title={t('outlets')}><Outlets status={status.data} /></Panel>}
      <Panel title={t('metrics')}>{has('operator') ? <Metrics /> : <p className="muted">{t('noMetrics')}</p>}</Panel>
    </Page>
  );
}
