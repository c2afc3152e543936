// Did its money reach another enterprise? Chains of payments in order of time, a row each.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, data } from '~/api/client';
import { useParams } from '~/app/router';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { Panel, Waiting, When } from '~/ui';
import { FirmPicker } from '../graph/picker';
import { fundWords } from './words';

const HOPS = [1, 2, 3, 4, 5];
const DAYS = [7, 30, 90, 366];
/** Least sums of a payment, in yuan. */
const SUMS = [0, 1_000, 10_000, 50_000, 500_000];

export function ChainSearch({ uscc }: { uscc: string }) {
  const t = useWords(fundWords);
  const { yuan, number } = useFormat();
  const [search, setSearch] = useParams();
  const hops = Number(search.hops ?? 4);
  const days = Number(search.days ?? 30);
  const least = Number(search.least ?? 0);
  const to = search.chain;
  const query = useQuery({
    queryKey: ['chains', uscc, to, hops, days, least],
    queryFn: () => data(api.GET('/api/v1/chains', { params: { query: { from: uscc, to: to!, hops, days, fen_min: least * 100 } } })),
    enabled: !!to,
  });
  return (
    <Panel title={t('chains')} side={to && <button type="button" className="ghost small" onClick={() => setSearch({ chain: undefined })}>{t('clearChain')}</button>}>
      <div className="stack">
        <FirmPicker label={t('chainTo')} onPick={(one) => setSearch({ chain: one })} not={uscc} />
        <div className="row">
          <label className="row"><small>{t('hops')}</small><select value={hops} onChange={(event) => setSearch({ hops: event.target.value })}>{HOPS.map((n) => <option key={n}>{n}</option>)}</select></label>
          <label className="row"><small>{t('within')}</small><select value={days} onChange={(event) => setSearch({ days: event.target.value })}>{DAYS.map((n) => <option key={n} value={n}>{t('days', { n })}</option>)}</select></label>
          <label className="row"><small>{t('least')}</small><select value={least} onChange={(event) => setSearch({ least: event.target.value })}>{SUMS.map((n) => <option key={n} value={n}>¥{number(n)}</option>)}</select></label>
        </div>
        {to && !query.data && <Waiting query={query} />}
        {query.data?.chains.length === 0 && <p>{t('noChain')}</p>}
        <ol className="chains">
          {query.data?.chains.map((chain, index) => (
            <li key={index}>
              <small>{t('carried', { amount: yuan(chain.bottleneck_fen), n: chain.hops.length })}</small>
              <ol>
                {chain.hops.map((hop) => (
                  <li key={hop.event}>
                    <Link to="/funds/$uscc" params={{ uscc: hop.from }}>{hop.from_name}</Link> → <Link to="/funds/$uscc" params={{ uscc: hop.to }}>{hop.to_name}</Link>
                    <span><b>{yuan(hop.amount_fen)}</b> <small><When at={hop.at} /></small></span>
                  </li>
                ))}
              </ol>
            </li>
          ))}
        </ol>
        {query.data?.bounded && <small>{t('chainBounded')}</small>}
        <small>{t('chainHint')}</small>
      </div>
    </Panel>
  );
}
