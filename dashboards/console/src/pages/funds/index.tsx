// Where did an enterprise's money come from, and where did it go? A Sankey with a time brush, the ledger, and what is suspicious in it.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams as usePath } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, data, type Schemas } from '~/api/client';
import { useParams } from '~/app/router';
import { useText, useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { Chip, DataTable, Empty, EvidenceList, Firm, Page, Panel, Waiting, When } from '~/ui';
import { useKeys } from '~/ui/keys';
import { FirmPicker } from '../graph/picker';
import '../graph/graph.css';
import { Brush } from './brush';
import { ChainSearch } from './chains';
import { keyOf, parties, partyOf, sides, steps, unitOf, type Party, type Payment } from './money';
import { Sankey, usePartyName } from './sankey';
import { fundWords, type FundWord } from './words';
import './funds.css';

const ALONE = [6, 12, 20, 40];

export default function FundsPage() {
  const t = useWords(fundWords);
  const navigate = useNavigate();
  const { uscc } = usePath({ strict: false });
  if (uscc) return <Funds key={uscc} uscc={uscc} />;
  return (
    <Page title={t('title')}>
      <Panel className="pickfirm"><Empty title={t('pick')}>{t('pickHint')}</Empty><FirmPicker label={t('pick')} onPick={(one) => void navigate({ to: '/funds/$uscc', params: { uscc: one } })} /></Panel>
    </Page>
  );
}

function Patterns({ flows, onZoom }: { flows: Schemas['Flow'][]; onZoom: (from: string, to: string) => void }) {
  const t = useWords(fundWords);
  const text = useText();
  const { yuan } = useFormat();
  if (flows.length === 0) return <p className="muted">{t('noPatterns')}</p>;
  return (
    <ul className="patterns">
      {flows.map((flow) => (
        <li key={flow.id}>
          <div className="row">
            <Chip tone={flow.suspicion >= 0.6 ? 'bad' : 'warn'}>{flow.pattern in fundWords.zh ? t(flow.pattern as FundWord) : flow.pattern}</Chip>
            <b>{yuan(flow.total_fen)}</b>
            <span className="muted">{t('transfers', { n: flow.transfers })}</span>
            <span className="grow" />
            <small>{t('suspicion')} {flow.suspicion}</small>
          </div>
          <small><When at={flow.first_at} /> – <When at={flow.last_at} /></small>
          <p>{text(flow.evidence[0]?.statement)}</p>
          <div className="row">
            <span className="accounts" aria-label={t('accounts')}>{flow.accounts.slice(0, 8).map((account, index) => <span key={index}>{index > 0 && ' → '}<code>{account}</code></span>)}{flow.accounts.length > 8 && ' …'}{flow.kind === 'cycle' && <> → <code>{flow.accounts[0]}</code></>}</span>
            <span className="grow" />
            <button type="button" className="small" onClick={() => onZoom(flow.first_at, flow.last_at)}>{t('zoom')}</button>
          </div>
          <details><summary>{t('parties')} {flow.subjects.length}</summary>
            <div className="row">{flow.subjects.map((one) => <Link key={one} to="/funds/$uscc" params={{ uscc: one }}><code>{one}</code></Link>)}</div>
            <EvidenceList lines={flow.evidence} against={flow.against} />
          </details>
        </li>
      ))}
    </ul>
  );
}

function Ledger({ payments, total }: { payments: Payment[]; total: number }) {
  const t = useWords(fundWords);
  const nameOf = usePartyName();
  const [most, setMost] = useState(100);
  const money = (fen: number) => (fen / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 });
  return (
    <>
      <DataTable caption={t('ledger')} rows={payments.slice(0, most)} rowKey={(one) => one.event + one.direction} empty={<p className="muted">{t('noneInRange')}</p>} columns={[
        { key: 'at', head: t('when'), width: 140, cell: (one) => <When at={one.at} />, sort: (a, b) => a.at.localeCompare(b.at) },
        { key: 'direction', head: t('direction'), width: 56, cell: (one) => <Chip tone={one.direction === 'in' ? 'good' : 'warn'}>{t(one.direction as 'in' | 'out')}</Chip> },
        { key: 'other', head: t('other'), cell: (one) => (one.other ? <Link to="/funds/$uscc" params={{ uscc: one.other }}>{one.other_name}</Link> : <span className="muted">{nameOf(partyOf(one))}</span>), sort: (a, b) => (a.other_name ?? '').localeCompare(b.other_name ?? '', 'zh') },
        { key: 'otherAccount', head: t('otherAccount'), cell: (one) => <code>{one.other_account}</code> },
        { key: 'account', head: t('account'), cell: (one) => <code>{one.account}</code> },
        { key: 'amount', head: `${t('amount')} (¥)`, align: 'right', cell: (one) => <b>{one.direction === 'in' ? '+' : '−'}{money(one.amount_fen)}</b>, sort: (a, b) => a.amount_fen - b.amount_fen },
        { key: 'event', head: t('event'), cell: (one) => <code className="eventid" title={one.event}>{one.event.split('#').at(-1)}</code> },
      ]} />
      <div className="row"><small>{t('shown', { n: Math.min(most, payments.length), total })}</small>{payments.length > most && <button type="button" className="small" onClick={() => setMost(most + 200)}>{t('more', { n: Math.min(200, payments.length - most) })}</button>}</div>
    </>
  );
}

function PartyTable({ all, amount }: { all: Party[]; amount: number }) {
  const t = useWords(fundWords);
  const nameOf = usePartyName();
  const { yuan, percent } = useFormat();
  return (
    <DataTable caption={t('counterparties')} rows={all} rowKey={(one) => one.id} columns={[
      { key: 'name', head: t('other'), cell: (one) => (one.name ? <Firm uscc={one.id} name={one.name} /> : nameOf(one.id)) },
      { key: 'in', head: t('received'), align: 'right', cell: (one) => yuan(one.in), sort: (a, b) => a.in - b.in },
      { key: 'out', head: t('paid'), align: 'right', cell: (one) => yuan(one.out), sort: (a, b) => a.out - b.out },
      { key: 'net', head: t('net'), align: 'right', cell: (one) => yuan(one.in - one.out), sort: (a, b) => a.in - a.out - b.in + b.out },
      { key: 'number', head: t('payments'), align: 'right', cell: (one) => one.number, sort: (a, b) => a.number - b.number },
      { key: 'share', head: t('share'), align: 'right', cell: (one) => percent((one.in + one.out) / Math.max(1, amount)) },
    ]} />
  );
}

function Funds({ uscc }: { uscc: string }) {
  const t = useWords(fundWords);
  const { yuan, percent, number } = useFormat();
  const nameOf = usePartyName();
  const [search, setSearch] = useParams();
  const firm = useQuery({ queryKey: ['indices', 'enterprise', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}', { params: { path: { uscc } } })) });
  const page = useQuery({ queryKey: ['indices', 'payments', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/payments', { params: { path: { uscc } } })) });
  const flows = useQuery({ queryKey: ['indices', 'flows', uscc], queryFn: () => data(api.GET('/api/v1/enterprises/{uscc}/flows', { params: { path: { uscc } } })) });
  const unit = useMemo(() => unitOf(page.data?.payments ?? []), [page.data]);
  const bars = useMemo(() => steps(page.data?.payments ?? [], unit), [page.data, unit]);
  const place = (key: string | undefined, otherwise: number) => {
    if (!key) return otherwise;
    const found = bars.findIndex((bar) => bar.key >= keyOf(key, unit));
    return found < 0 ? otherwise : found;
  };
  const [from, to] = [place(search.from, 0), place(search.to, bars.length - 1)];
  const alone = Number(search.alone ?? 12);
  const net = search.sum === 'net';
  const table = search.view === 'table';
  const within = useMemo(() => (page.data?.payments ?? []).filter((one) => keyOf(one.at, unit) >= (bars[from]?.key ?? '') && keyOf(one.at, unit) <= (bars[to]?.key ?? '')), [page.data, bars, unit, from, to]);
  const all = useMemo(() => parties(within), [within]);
  const drawn = useMemo(() => sides(all, alone, net), [all, alone, net]);
  useKeys([{ key: 't', label: t('asTable'), run: () => setSearch({ view: table ? undefined : 'table' }) }]);
  if (!page.data || !firm.data) return <Page title={t('title')}><Waiting query={page.data ? firm : page} /></Page>;
  const amount = (way: 'in' | 'out') => within.filter((one) => one.direction === way).reduce((sum, one) => sum + one.amount_fen, 0);
  const [came, went] = [amount('in'), amount('out')];
  const shownAmount = drawn.in.amount + drawn.out.amount;
  const restAmount = drawn.in.rest.amount + drawn.out.rest.amount;
  const rest = drawn.in.rest.count + drawn.out.rest.count;
  // Who stands alone on either side; the same one may stand on both.
  const alones = new Set([...drawn.in.shown, ...drawn.out.shown].map((one) => one.id)).size;
  const ledger = search.party ? within.filter((one) => partyOf(one) === search.party) : within;
  const range = (first: number, last: number) => setSearch({ from: first === 0 ? undefined : bars[first]?.key, to: last === bars.length - 1 ? undefined : bars[last]?.key });
  const party = all.find((one) => one.id === search.party);
  return (
    <Page wide title={<><span className="muted">{t('title')} · </span>{firm.data.name}</>}
      side={<><Link className="button small" to="/enterprises/$uscc" params={{ uscc }}>{t('profile')}</Link><Link className="button small" to="/graph/$uscc" params={{ uscc }}>{t('graph')}</Link></>}>
      <dl className="sums">
        <div><dt>{t('received')}</dt><dd className="good">{yuan(came)}</dd></div>
        <div><dt>{t('paid')}</dt><dd className="warn">{yuan(went)}</dd></div>
        <div><dt>{t('net')}</dt><dd>{yuan(came - went)}</dd></div>
        <div><dt>{t('payments')}</dt><dd>{number(within.length)}</dd></div>
        <div><dt>{t('counterparties')}</dt><dd>{number(all.length)}</dd></div>
      </dl>
      {page.data.total === 0 ? <Panel><Empty title={t('none')}>{t('noneHint')}</Empty></Panel> : (
        <>
          <Panel title={t('time')} side={(search.from || search.to) && <button type="button" className="ghost small" onClick={() => setSearch({ from: undefined, to: undefined })}>{t('wholeTime')}</button>}>
            <Brush bars={bars} from={from} to={to} onChange={range} />
          </Panel>
          <div className="fundgrid">
            <div className="stack">
            <Panel title={t('sankey')} side={
              <span className="row">
                <label className="row"><small>{t('show')}</small><select value={alone} onChange={(event) => setSearch({ alone: event.target.value })}>{ALONE.map((n) => <option key={n}>{n}</option>)}</select></label>
                <button type="button" className="small" aria-pressed={net} onClick={() => setSearch({ sum: net ? undefined : 'net' })}>{t('netted')}</button>
                <button type="button" className="small" aria-pressed={table} onClick={() => setSearch({ view: table ? undefined : 'table' })}>{table ? t('chart') : t('table')}</button>
              </span>}>
              {all.length === 0 ? <Empty title={t('noneInRange')} /> : table ? <PartyTable all={all} amount={came + went} /> : (
                <Sankey centre={firm.data.name || firm.data.uscc} flows={drawn} selected={search.party} onSelect={(one) => setSearch({ party: one })} />
              )}
              <p className={rest ? 'truncated' : 'muted'} role="status">
                {rest ? t('truncated', { n: alones, share: percent(1 - restAmount / Math.max(1, shownAmount)) }) : t('complete', { n: all.length })}
              </p>
              {page.data.folded > 0 && <p className="truncated">{t('folded', { n: page.data.folded, share: percent(page.data.folded_share) })}</p>}
            </Panel>
          <Panel title={t('ledger')} side={search.party && <button type="button" className="small" aria-pressed onClick={() => setSearch({ party: undefined })}>{t('selected', { name: nameOf(search.party, party?.name) })} ✕</button>}>
            <Ledger payments={ledger} total={page.data.payments.length} />
          </Panel>
            </div>
            <div className="stack">
              <Panel title={t('patterns')}>{flows.data ? <Patterns flows={flows.data.flows} onZoom={(first, last) => setSearch({ from: keyOf(first, unit), to: keyOf(last, unit) })} /> : <Waiting query={flows} />}</Panel>
              <ChainSearch uscc={uscc} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}
