// Where does the model that runs beside see an enterprise otherwise?
import { useQuery } from '@tanstack/react-query';
import { api, data, optional, type Schemas } from '~/api/client';
import { useWords } from '~/i18n';
import { useFormat } from '~/i18n/time';
import { DataTable, Empty, Firm, Grade, Panel } from '~/ui';
import { studioWords } from './studio';

const GRADES = ['A', 'B', 'C', 'D', ''];

/** Enterprises by class under two models; what lies off the diagonal is marked. */
export function Matrix({ rows, down, across, caption }: { rows: number[][]; down: string; across: string; caption: string }) {
  const t = useWords(studioWords);
  const { number } = useFormat();
  const name = (grade: string) => (grade ? <Grade grade={grade} /> : <span className="muted">{t('noGrade')}</span>);
  // A class that neither gives is left out.
  const used = GRADES.slice(0, rows.length).map((_, place) => place < 4 || rows[place]!.some((n) => n > 0) || rows.some((row) => (row[place] ?? 0) > 0));
  return (
    <table className="table matrix">
      <caption>{caption}</caption>
      <thead><tr><th scope="col">{down} ↓ · {across} →</th>{rows.map((_, place) => used[place] && <th key={place} scope="col">{name(GRADES[place]!)}</th>)}</tr></thead>
      <tbody>
        {rows.map((row, from) => used[from] && (
          <tr key={from}>
            <th scope="row">{name(GRADES[from]!)}</th>
            {row.map((n, to) => used[to] && <td key={to} className={`right ${from === to ? 'same' : n > 0 ? (to > from ? 'worse' : 'better') : ''}`}>{n === 0 ? <span className="muted">0</span> : number(n)}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Shadow() {
  const t = useWords(studioWords);
  const { number, percent } = useFormat();
  const query = useQuery({ queryKey: ['models', 'shadow'], queryFn: () => optional(data(api.GET('/api/v1/models/shadow', { params: { query: { limit: 50 } } }))), refetchInterval: 60_000 });
  const page = query.data;
  if (!page) return null;
  const seen = (one: Schemas['Disagreement']['live']) => (one ? <span className="row"><Grade grade={one.grade} /> {one.score}</span> : <span className="muted">—</span>);
  return (
    <Panel title={t('shadow')} side={<span className="muted">{page.live} · {t('beside')} <b>{page.shadow}</b></span>}>
      <div className="comparegrid">
        <Matrix rows={page.grades} down={t('live')} across={t('beside')} caption={t('agree', { n: number(page.agree), of: number(page.enterprises), p: percent(page.enterprises ? page.agree / page.enterprises : 1) })} />
        <DataTable caption={t('disagreements')} rows={page.disagreements} rowKey={(one) => one.uscc} empty={<Empty title={t('noDisagreement')} />} columns={[
          { key: 'firm', head: t('disagreements'), cell: (one) => <Firm uscc={one.uscc} name={one.name} /> },
          { key: 'live', nowrap: true, head: t('live'), cell: (one) => seen(one.live) },
          { key: 'shadow', nowrap: true, head: t('beside'), cell: (one) => seen(one.shadow) },
        ]} />
      </div>
    </Panel>
  );
}
