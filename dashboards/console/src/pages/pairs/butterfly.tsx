// Is the new firm the old one under another name? Old, shared evidence, new: side by side; what speaks against it always shown.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams as usePath } from '@tanstack/react-router';
import { useState } from 'react';
import { api, data, type Enterprise, type Evidence, type Pair } from '~/api/client';
import { useEnterprise, usePair } from '~/api/queries';
import { useParams } from '~/app/router';
import { useLang, useText, useWords } from '~/i18n';
import { common } from '~/i18n/common';
import { useNames } from '~/i18n/domain';
import { stamp, useFormat } from '~/i18n/time';
import { Chip, Copy, DataTable, Events, Grade, Icon, Level, Page, Panel, State, Waiting } from '~/ui';
import { useKeys } from '~/ui/keys';
import { useNow } from '~/ui/now';
import { useTitle } from '~/ui/title';
import { relationName } from '../enterprises/relations';
import { Lives, Staff } from './lives';
import { nextOf, useQueue } from './queue';
import { Verdict } from './verdict';
import { pairWords } from './words';
import './pairs.css';

const useStory = (uscc: string) =>
  useQuery({ queryKey: ['indices', 'story', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/timeline', { params: { path: { uscc }, query: { limit: 200 } } })).then((page) => page.rows) });

function Side({ firm, side }: { firm: Enterprise | undefined; side: 'old' | 'now' }) {
  const t = useWords(pairWords);
  const name = useNames();
  if (!firm) return <section className={`wing ${side}`} />;
  const reps = firm.posts.filter((post) => post.office === 'legal_rep').map((post) => `${post.person}${post.until ? ` (–${post.until})` : ''}`);
  const place = firm.domiciles.at(-1)?.value;
  const staff = firm.headcount;
  const peak = Math.max(0, ...staff.map((one) => one.value));
  const rows: [string, React.ReactNode][] = [
    [t('status'), <State key="s" state={firm.status} />],
    [t('established'), firm.established_on],
    [t('ended'), firm.ended_on],
    [t('rep'), reps.length ? <code>{reps.join(' ')}</code> : null],
    [t('holders'), firm.holders.map((party, index) => <code key={index} className="party">{party.person ?? party.enterprise} {party.pct != null && `${party.pct} %`}</code>)],
    [t('domicile'), place],
    [t('staff'), staff.length ? `${staff.at(-1)!.value} (${staff.at(-1)!.month}; ${t('most')} ${peak})` : null],
    [t('industry'), firm.industry && `${firm.industry} ${name('industry', firm.industry.slice(0, 1))}`],
    [t('scope'), firm.scope],
  ];
  return (
    <section className={`wing ${side}`} aria-label={t(side)}>
      <p className="tag">{t(side)}</p>
      <h2><Link to="/enterprises/$uscc" params={{ uscc: firm.uscc }}>{firm.name || firm.uscc}</Link></h2>
      <p className="row"><code>{firm.uscc}</code><Copy text={firm.uscc} /></p>
      <p className="row">{t('index')} <b>{firm.index?.score ?? '—'}</b> <Grade grade={firm.index?.grade} /></p>
      <dl className="facts">{rows.filter(([, value]) => value && (!Array.isArray(value) || value.length)).map(([what, value]) => <div key={what} className="fact"><dt>{what}</dt><dd>{value}</dd></div>)}</dl>
      {firm.warnings.length > 0 && <p className="chips">{firm.warnings.map((warning) => <span key={warning.id} className="row tight"><Level level={warning.level} short /><Chip>{name('kind', warning.kind)}</Chip></span>)}</p>}
    </section>
  );
}

function Strand({ line, most, minus }: { line: Evidence; most: number; minus?: boolean }) {
  const text = useText();
  return (
    <li className={minus ? 'strand minus' : 'strand'}>
      <span className="says">{text(line.statement)}</span>
      <span className="weightbar" aria-hidden="true"><span style={{ width: `${Math.max(2, (Math.abs(line.weight) / most) * 100)}%` }} /></span>
      <b>{line.weight > 0 ? '+' : ''}{line.weight}</b>
      <Events ids={line.events} />
    </li>
  );
}

function Middle({ pair }: { pair: Pair }) {
  const t = useWords(pairWords);
  const c = useWords(common);
  const text = useText();
  const [table, setTable] = useState(false);
  const lines = (pair.evidence ?? []).toSorted((a, b) => b.weight - a.weight);
  const against = (pair.against ?? []).toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const all = [...lines, ...against];
  const most = Math.max(1, ...all.map((line) => Math.abs(line.weight)));
  const sum = all.reduce((total, line) => total + line.weight, 0);
  useKeys([{ key: 't', label: c('asTable'), run: () => setTable((was) => !was) }]);
  return (
    <section className="body" aria-label={t('shared')}>
      <header className="row"><h2>{t('shared')}</h2><small>{t('sharedHint')}</small><span className="grow" /><button type="button" className="ghost small noprint" aria-pressed={table} onClick={() => setTable(!table)}>{table ? c('asChart') : c('asTable')}</button></header>
      {table ? (
        <DataTable caption={t('shared')} rows={all} rowKey={(_, index) => String(index)} columns={[
          { key: 'statement', head: c('statement'), cell: (line) => text(line.statement) },
          { key: 'weight', head: c('weight'), align: 'right', cell: (line) => line.weight, sort: (a, b) => a.weight - b.weight },
          { key: 'events', head: c('events'), cell: (line) => <Events ids={line.events} /> },
        ]} />
      ) : (
        <>
          <ol>{lines.map((line, index) => <Strand key={index} line={line} most={most} />)}</ol>
          <h3 className="counter">{t('against')}</h3>
          {against.length ? <ol>{against.map((line, index) => <Strand key={index} line={line} most={most} minus />)}</ol> : <p className="muted">{t('noAgainst')}</p>}
          <p className="sum"><span>{t('total')}</span><b>{Math.round(sum * 100) / 100}</b></p>
        </>
      )}
    </section>
  );
}

/** Values that both share, with how rare each is. */
function Rarity({ pair }: { pair: Pair }) {
  const t = useWords(pairWords);
  const { lang } = useLang();
  const { data: found } = useQuery({ queryKey: ['indices', 'relations', pair.predecessor], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/relations', { params: { path: { uscc: pair.predecessor } } })) });
  const rows = found?.relations.filter((row) => (row.from === pair.successor || row.to === pair.successor) && row.kind !== 'succession') ?? [];
  if (rows.length === 0) return null;
  return (
    <Panel title={t('rarity')}>
      <p className="muted">{t('rarityHint')}</p>
      <p className="chips">{rows.map((row, index) => <Chip key={index} tone={row.weight >= 0.5 ? 'accent' : undefined}>{relationName(row.kind, lang)} {row.weight.toFixed(2)}</Chip>)}</p>
    </Panel>
  );
}

export default function Butterfly() {
  const t = useWords(pairWords);
  const name = useNames();
  const format = useFormat();
  const navigate = useNavigate();
  const now = useNow();
  const { id } = usePath({ from: '/pairs/$id' });
  const [search, set] = useParams();
  const query = usePair(id);
  const [from, to] = id.split('..');
  const old = useEnterprise(from);
  const next = useEnterprise(to);
  const before = useStory(from ?? '');
  const after = useStory(to ?? '');
  const queue = useQueue(true);
  const random = search.sample === '1';
  const onward = () => {
    const following = nextOf(queue.data, id, random);
    if (following) void navigate({ to: '/pairs/$id', params: { id: following.id }, search: random ? { sample: '1' } : {} });
  };
  useKeys([
    { key: 'j', label: t('kNext'), run: onward },
    { key: 'u', label: t('kBack'), run: () => void navigate({ to: '/pairs' }) },
  ]);
  const pair = query.data;
  useTitle(pair && `${pair.predecessor_name} → ${pair.successor_name}`);
  if (!pair) return <Page title={t('title')}><Waiting query={query} /></Page>;
  const left = queue.data?.length;
  return (
    <Page wide title={<>{pair.predecessor_name} <span className="muted">→</span> {pair.successor_name}</>} side={
      <>
        <span className="muted noprint">{left ? t('left', { n: left }) : t('allDone')}</span>
        <label className="row noprint" title={t('sampleHint')}><input type="checkbox" checked={random} onChange={(event) => set({ sample: event.target.checked ? '1' : undefined })} /> {t('sample')}</label>
        <button type="button" onClick={onward}><kbd>j</kbd> {t('kNext')}</button>
        <button type="button" onClick={() => window.print()}><Icon name="print" /> {t('print')}</button>
      </>
    }>
      <p className="printonly">{t('dossier')} · {t('printed', { time: stamp(new Date()) })} · {pair.id}</p>
      <p className="row standing">
        <Level level={pair.level} /><span title={t('conf2')}>{t('confidence')} <b>{format.percent(pair.confidence)}</b></span>
        <span className="chips">{pair.families.map((family) => <Chip key={family} tone="accent">{name('family', family)}</Chip>)}</span>
        {pair.chain.length > 2 && <span>{t('chain')}: {pair.chain.map((code, index) => <span key={code}>{index > 0 && ' → '}<Link to="/enterprises/$uscc" params={{ uscc: code }}><code>{code}</code></Link></span>)}</span>}
      </p>
      <div className="butterfly">
        <Side firm={old.data} side="old" />
        <Middle pair={pair} />
        <Side firm={next.data} side="now" />
      </div>
      {old.data && next.data && before.data && after.data && (
        <Panel title={t('lives')} side={<small>{t('livesHint')}</small>}>
          <Lives old={{ firm: old.data, rows: before.data }} next={{ firm: next.data, rows: after.data }} now={now} />
          <Staff old={old.data} next={next.data} />
        </Panel>
      )}
      <div className="grid2"><Verdict key={pair.id} pair={pair} onDone={onward} /><Rarity pair={pair} /></div>
    </Page>
  );
}
