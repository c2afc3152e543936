// Words of the relations view.
import { words } from '~/i18n';

export const graphWords = words(
  {
    title: '关系图', pick: '选择企业', pickHint: '输入名称的一部分或信用代码，查看它与谁相连、凭什么相连。', search: '企业名称或信用代码', nothing: '没有找到', depth: '层数', budget: '最多显示', firms: '家', kinds: '关系种类', graph: '图形', table: '表格',
    left: '还有 {n} 家企业、{e} 条关系未显示', leftAmount: '其中资金占可见总额的 {share}', widen: '扩大到 {n} 家', allShown: '{n} 家企业、{e} 条关系，已全部显示', selected: '选中企业', centre: '中心', makeCentre: '以此为中心', profile: '企业档案', funds: '资金流向', close: '取消选择', relationsOf: '与它的关系', ended: '已注销', score: '指数',
    hub: '{kind} · {n} 家共用', hubHint: '共用者太多，不作为线索展开', hubs: '枢纽（不展开）', noHubs: '没有枢纽', path: '两家企业之间的路径', pathTo: '到哪家企业', finding: '正在查找路径…', noPath: '在 6 步以内没有找到路径。', bounded: '查找已到上限，可能还有别的路径。', steps: '{n} 步', clearPath: '清除路径', alone: '这家企业没有可见的关系', aloneHint: '没有登记的关联、共用信息或往来款项，或不在您的权限内。',
    from: '从', to: '到', kind: '关系', weight: '强度', current: '现时', past: '曾经', pct: '比例', amount: '金额', distance: '距中心', holdsNow: '现时有效', legend: '图例', keys: '方向键在节点间移动，Enter 选中', edge: '{a} 与 {b}：{kinds}', node: '{name}，{grade} 类，指数 {score}，距中心 {d} 步', degree: '{n} 条关系', asTable: '切换表格', fit: '适应窗口', zoomIn: '放大', zoomOut: '缩小', more: '再显示',
    g_succession: '承继', g_control: '股权与控制', g_shared: '共用人员、地址、联系方式', g_paid: '资金往来',
    succession: '疑似换马甲', declared: '登记的承继', holds: '持股', controls: '控制', paid: '付款', person: '同一人员', address_unit: '同一房号', building: '同一楼宇', phone: '同一电话', email: '同一邮箱', email_domain: '同一邮箱域名', account: '同一账户', agent: '同一代理人', fingerprint: '同一设备指纹', brand: '同一字号', asset: '资产转移', online_shop: '同一网店',
  },
  {
    title: 'Relations', pick: 'Choose an enterprise', pickHint: 'Type a part of the name or the credit code to see whom it is tied to, and by what.', search: 'Name or credit code', nothing: 'Nothing found', depth: 'Steps', budget: 'At most', firms: 'enterprises', kinds: 'Kinds of relation', graph: 'Graph', table: 'Table',
    left: '{n} more enterprises and {e} more relations are not shown', leftAmount: '{share} of the money within sight', widen: 'Widen to {n}', allShown: '{n} enterprises, {e} relations: all of them', selected: 'Selected', centre: 'Centre', makeCentre: 'Make it the centre', profile: 'Profile', funds: 'Fund flows', close: 'Deselect', relationsOf: 'Its relations here', ended: 'ended', score: 'Index',
    hub: '{kind} · shared by {n}', hubHint: 'Too many share it to lead anywhere', hubs: 'Hubs, not opened', noHubs: 'No hubs', path: 'Ways to another enterprise', pathTo: 'To which enterprise', finding: 'Looking for ways…', noPath: 'No way within six steps.', bounded: 'The search stopped at its bound: there may be more.', steps: '{n} steps', clearPath: 'Clear', alone: 'No relation to be seen', aloneHint: 'It shares nothing, holds nothing and paid nobody, or what it has to do with lies outside of what you may see.',
    from: 'From', to: 'To', kind: 'How', weight: 'Strength', current: 'now', past: 'formerly', pct: 'Share', amount: 'Amount', distance: 'Steps', holdsNow: 'Holds', legend: 'Legend', keys: 'Tab moves between nodes, Enter selects', edge: '{a} and {b}: {kinds}', node: '{name}, class {grade}, index {score}, {d} steps from the centre', degree: '{n} relations', asTable: 'as a table', fit: 'Fit', zoomIn: 'Closer', zoomOut: 'Farther', more: 'Show',
    g_succession: 'Succession', g_control: 'Holdings and control', g_shared: 'Shared persons, places, contacts', g_paid: 'Payments',
    succession: 'vest switch', declared: 'declared succession', holds: 'holds shares', controls: 'controls', paid: 'paid', person: 'same person', address_unit: 'same room', building: 'same building', phone: 'same phone', email: 'same e-mail', email_domain: 'same e-mail domain', account: 'same account', agent: 'same agent', fingerprint: 'same device', brand: 'same brand', asset: 'asset moved', online_shop: 'same online shop',
  },
);

export type GraphWord = keyof (typeof graphWords)['zh'];
export const GROUPS = ['succession', 'control', 'shared', 'paid'] as const;
export type Group = (typeof GROUPS)[number];

export const groupOf = (kind: string): Group =>
  kind === 'succession' || kind === 'declared' ? 'succession' : kind === 'holds' || kind === 'controls' ? 'control' : kind === 'paid' ? 'paid' : 'shared';
