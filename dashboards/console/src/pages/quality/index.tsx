// Can the data be trusted? Feeds with lag and lateness, records by type, dead letters to be mended.
import { useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '~/api/client';
import { useSession } from '~/api/session';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { DataTable, Empty, Page, Panel, Waiting, When } from '~/ui';
import { Letters } from './letters';
import { qualityWords, type QualityWord } from './words';
import './quality.css';

type Feed = Schemas['FeedShape'];
const STEPS: QualityWord[] = ['sameDay', 'nextDay', 'week', 'month', 'later'];

/** How late facts came, as one bar; the numbers are in its name. */
function Lateness({ feed }: { feed: Feed }) {
  const t = useWords(qualityWords);
  const { percent } = useFormat();
  const whole = Math.max(1, feed.facts);
  const text = feed.late.map((step, index) => ({ word: t(STEPS[index]!), facts: step.facts })).filter((step) => step.facts > 0).map((step) => `${step.word} ${percent(step.facts / whole)}`).join(' · ');
  return (
    <span className="lateness">
      <span className="latebar" role="img" aria-label={text} title={text}>{feed.late.map((step, index) => step.facts > 0 && <span key={index} className={`s${index}`} style={{ width: `${(step.facts / whole) * 100}%` }} />)}</span>
      <small>{text}</small>
    </span>
  );
}

function Feeds() {
  const t = useWords(qualityWords);
  const { number, span } = useFormat();
  const query = useQuery({ queryKey: ['feeds'], queryFn: () => data(api.GET('/api/v1/feeds')), refetchInterval: 30_000 });
  if (!query.data) return <Waiting query={query} />;
  const { feeds, newest } = query.data;
  const lag = (feed: Feed) => (newest ? new Date(newest).getTime() - new Date(feed.newest).getTime() : 0);
  return (
    <DataTable caption={t('feeds')} rows={feeds.toSorted((a, b) => lag(b) - lag(a))} rowKey={(feed) => feed.source} empty={<Empty title={t('noFeeds')}>{t('noFeedsHint')}</Empty>} columns={[
      { key: 'source', head: t('source'), cell: (feed) => <code>{feed.source}</code>, sort: (a, b) => a.source.localeCompare(b.source) },
      { key: 'facts', head: t('facts'), align: 'right', cell: (feed) => number(feed.facts), sort: (a, b) => a.facts - b.facts },
      { key: 'retired', head: t('retired'), align: 'right', cell: (feed) => (feed.retired ? number(feed.retired) : <span className="muted">0</span>), sort: (a, b) => a.retired - b.retired },
      { key: 'newest', head: t('newest'), cell: (feed) => <When at={feed.newest} />, sort: (a, b) => a.newest.localeCompare(b.newest) },
      { key: 'lag', head: t('lag'), align: 'right', cell: (feed) => <span className={lag(feed) > 7 * 86_400_000 ? 'due soon' : ''}>{lag(feed) > 60_000 ? span(lag(feed)) : '—'}</span>, sort: (a, b) => lag(a) - lag(b) },
      { key: 'late', head: t('late'), cell: (feed) => <Lateness feed={feed} /> },
    ]} />
  );
}

function Types() {
  const t = useWords(qualityWords);
  const { number, percent } = useFormat();
  const query = useQuery({ queryKey: ['sources'], queryFn: () => data(api.GET('/api/v1/sources')) });
  if (!query.data) return <Waiting query={query} />;
  const count = (value: number) => (value ? number(value) : <span className="muted">0</span>);
  return (
    <DataTable caption={t('types')} rows={query.data.types} rowKey={(one) => one.type} columns={[
      { key: 'type', head: t('type'), cell: (one) => <code>{one.type}</code>, sort: (a, b) => a.type.localeCompare(b.type) },
      { key: 'read', head: t('read'), align: 'right', cell: (one) => number(one.read), sort: (a, b) => a.read - b.read },
      { key: 'accepted', head: t('accepted'), align: 'right', cell: (one) => number(one.accepted), sort: (a, b) => a.accepted - b.accepted },
      { key: 'duplicate', head: t('duplicate'), align: 'right', cell: (one) => count(one.duplicate), sort: (a, b) => a.duplicate - b.duplicate },
      { key: 'dead', head: t('dead'), align: 'right', cell: (one) => (one.dead ? <b className="formerror">{number(one.dead)}</b> : count(0)), sort: (a, b) => a.dead - b.dead },
      { key: 'rate', head: t('rate'), align: 'right', cell: (one) => (one.dead ? percent(one.dead / Math.max(1, one.read)) : <span className="muted">—</span>) },
    ]} />
  );
}

export default function Quality() {
  const t = useWords(qualityWords);
  const { has } = useSession();
  return (
    <Page wide title={t('title')}>
      <Panel title={t('feeds')} side={<small>{t('feedsHint')}</small>}><Feeds /></Panel>
      {has('operator') ? <Letters /> : <Panel title={t('letters')}><p className="muted">{t('noOperate')}</p></Panel>}
      <Panel title={t('types')}><Types /></Panel>
    </Page>
  );
}
