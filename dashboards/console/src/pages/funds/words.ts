// Words of the fund-flow view.
import { words } from '~/i18n';

export const fundWords = words(
  {
    title: '资金流向', pick: '选择企业', pickHint: '输入名称的一部分或信用代码，查看它的钱从哪里来、到哪里去。', none: '没有这家企业的付款记录', noneHint: '资金数据须有合法依据，且流水线须开启资金阶段（stages.flow）。也可能不在您的权限内。',
    received: '收入', paid: '支出', net: '净额', payments: '笔数', counterparties: '对手方', time: '时间范围', fromMonth: '起', toMonth: '止', wholeTime: '全部时间', inBars: '上：收入　下：支出', sankey: '资金流向图', table: '表格', chart: '图形', asTable: '切换表格',
    gross: '总额', netted: '轧差', others: '其他 {n} 个对手方', persons: '自然人', unknown: '未知账户', hidden: '无权查看的企业', truncated: '图中单列 {n} 个对手方，占所选金额的 {share}；其余合并显示', complete: '全部 {n} 个对手方均已单列', folded: '另有 {n} 笔较早的付款只保留合计，占全部金额的 {share}', show: '单列', ledger: '明细', selected: '只看 {name}', clear: '看全部', when: '时间', direction: '方向', in: '收', out: '付', other: '对方', account: '本方账户', otherAccount: '对方账户', amount: '金额', event: '事件', cash: '现金', more: '再显示 {n} 笔', shown: '显示 {n} / {total} 笔',
    patterns: '异常模式', noPatterns: '没有发现异常资金模式。', suspicion: '可疑度', transfers: '{n} 笔', zoom: '只看这段时间', link: '{from} 付给 {to}：{amount}，{n} 笔', node: '{name}，{amount}，{n} 笔', profile: '企业档案', graph: '关系图', accounts: '账户', parties: '涉及企业', share: '占比', centre: '本企业', noneInRange: '所选时间内没有付款',
    chains: '资金路径', chainTo: '钱是否到了哪家企业', clearChain: '清除', hops: '最多几笔', within: '全程', days: '{n} 天内', least: '每笔至少', noChain: '没有按时间先后相接的付款链。可放宽笔数、时间或金额。', carried: '至多带过 {amount} · {n} 笔', chainBounded: '查找已到上限，可能还有别的路径。', chainHint: '每一笔都晚于前一笔；只沿单笔保存的付款查找。',
    cycle: '资金循环', fan_in: '分散转入', fan_out: '分散转出', scatter_gather: '散后再汇', gather_scatter: '汇后再散', pass_through: '快进快出', structuring: '拆分交易', dormant_wake: '休眠激活', fundraising: '疑似非法集资',
  },
  {
    title: 'Fund flows', pick: 'Choose an enterprise', pickHint: 'Type a part of the name or the credit code to see where its money came from and where it went.', none: 'No payment of this enterprise is known', noneHint: 'Fund data need a lawful basis, and the pipeline must have its flow stage on (stages.flow). They may also lie outside of what you may see.',
    received: 'Received', paid: 'Paid', net: 'Net', payments: 'Payments', counterparties: 'Counterparties', time: 'Time', fromMonth: 'From', toMonth: 'To', wholeTime: 'All time', inBars: 'up: received, down: paid', sankey: 'Where the money went', table: 'Table', chart: 'Chart', asTable: 'as a table',
    gross: 'Gross', netted: 'Net', others: '{n} others', persons: 'Person', unknown: 'Unknown', hidden: 'Not visible to you', truncated: '{n} counterparties stand alone: {share} of the amount shown; the rest is put together', complete: 'All {n} counterparties stand alone', folded: '{n} earlier payments are kept as sums only: {share} of all money', show: 'Alone', ledger: 'Ledger', selected: 'Only {name}', clear: 'Show all', when: 'When', direction: 'Way', in: 'in', out: 'out', other: 'Counterparty', account: 'Own account', otherAccount: 'Other account', amount: 'Amount', event: 'Event', cash: 'cash', more: '{n} more', shown: '{n} of {total} payments',
    patterns: 'Patterns', noPatterns: 'No suspicious pattern was found.', suspicion: 'Suspicion', transfers: '{n} transfers', zoom: 'Only this time', link: '{from} paid {to}: {amount} in {n}', node: '{name}: {amount} in {n} payments', profile: 'Profile', graph: 'Relations', accounts: 'Accounts', parties: 'Enterprises', share: 'Share', centre: 'this enterprise', noneInRange: 'No payment within this time',
    chains: 'Ways of the money', chainTo: 'Did it reach this enterprise', clearChain: 'Clear', hops: 'Payments', within: 'All within', days: '{n} days', least: 'Each at least', noChain: 'No chain of payments, each after the one before. Allow more payments, days or smaller sums.', carried: 'carried {amount} at most · {n} payments', chainBounded: 'The search stopped at its bound: there may be more.', chainHint: 'Each payment comes after the one before; only payments kept one by one are followed.',
    cycle: 'Cycle', fan_in: 'Fan-in', fan_out: 'Fan-out', scatter_gather: 'Scatter–gather', gather_scatter: 'Gather–scatter', pass_through: 'Pass-through', structuring: 'Structuring', dormant_wake: 'Dormant wakes', fundraising: 'Suspected fund-raising',
  },
);
export type FundWord = keyof (typeof fundWords)['zh'];
