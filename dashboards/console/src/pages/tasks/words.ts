// Words of a task: its page, its steps, the finding, and what others did meanwhile.
import { words } from '~/i18n';

export const taskWords = words(
  {
    title: '任务', why: '为什么派给您', history: '办理经过', noSteps: '还没有人办理。', measures: '建议措施', siblings: '同一预警的其他任务', noSiblings: '这条预警只有这一项任务。',
    findings: '已反馈的结果', ackDue: '签收期限', judgeDue: '研判期限', holder: '持有人', nobody: '无人', lease: '持有至', leaseLeft: '还剩 {span}', leaseOver: '已到期，任务重新可领',
    role: '分工', partners: '联合办理单位', division: '区划', profile: '企业档案', graph: '关系图', funds: '资金流向', pair: '双方比对', warning: '预警', firmNow: '企业现状', steps: '可以做的事',
    noStepsAllowed: '这项任务现在没有您能做的步骤。', recalledHint: '预警已撤回，任务随之收回，不能再操作。', doneBy: '{who} · {agency}', stoppedBy: '停钟，批准人 {who}', reopen: '重新派发',
    ack: '签收', ackHint: '签收后由您持有，到期未办将自动释放给他人。', minutes: '持有时间', m30: '30 分钟', m60: '1 小时', m240: '4 小时', m1440: '1 天',
    reason: '理由', reasonHint: '写入不可更改的办理记录。身份证号会被自动遮盖。', reasonNeeded: '请写明理由。', agency: '移送给', agencyNeeded: '请选择单位。', partnersPick: '联合办理单位（可多选）', partnersNeeded: '请至少选择一个单位。',
    approver: '批准人账户', approverHint: '停钟须经他人批准，填写批准人的账户编号。', approverNeeded: '请填写批准人。', confirm: '确认{verb}', doing: '提交中…', done: '{verb}：已记入日志', willReport: '反馈结果：{what}', seeTask: '查看任务', effect: '反馈之后', beforeReport: '反馈前指数', nowIndex: '现在', seeStep: '看变了什么', noFall: '指数没有因此下降：缴清、修复、撤销等事件到来后才会下降。', stillOpen: '预警仍有效', cancel: '取消',
    finding: '反馈核查结果', outcome: '结论', code: '原因', amount: '涉及金额（元）', referred: '已移送公安或法院', rectified: '已整改', onSpot: '现场检查结果（可选）', onSpotHint: '填写后成为“检查结果”事件，计入企业指数。', addItem: '添加检查项', item: '检查项', result: '结果', remove: '移除',
    note: '说明', outcomeNeeded: '请选择结论（按 1–4）。', codeNeeded: '请选择或填写原因。', amountBad: '金额应为不小于 0 的数字。', keysHint: '1–4 选结论，Ctrl+Enter 提交', took: '用时 {n} 秒',
    staleTitle: '您查看期间，任务已被他人更新', staleHint: '您的“{verb}”没有生效。请看变化，再决定是否继续。', field: '项目', before: '您看到的', after: '现在', whoDid: '期间的操作', again: '仍要{verb}', noLonger: '现在的状态已不允许“{verb}”。', look: '查看最新状态', same: '没有可见的变化，可以直接重试。',
    measure: '措施', proposed: '建议', catalogue: '全部措施', basis: '依据', scope: '范围', term: '期限', endsHow: '解除方式', once: '一次性', asked: '请求参与的单位（可多选）', pushTo: '推送给', takesPart: '是否参与', yes: '参与', no: '不参与', done2: '执行情况', done2Hint: '写明做了什么、结果如何。', whyDecided: '决定理由',
    measureNeeded: '请选择措施。', answerNeeded: '请选择是否参与。', noMeasure: '现在没有可以选择的措施。', inForce: '生效中', lifted: '已解除', until: '至 {day}', decidedBy: '决定', liftedBy: '解除', byClock: '系统', proposedHint: '系统只提出建议，由您决定；决定以您的名义记入日志。',
    noIndex: '尚无指数', score: '指数', openWarnings: '有效预警', from: '从', copyId: '复制编号', loading: '正在读取证据…', clockStopped: '已停钟', byLead: '主办 {agency}', amountShort: '金额', confirmedShort: '移送', rectifiedShort: '整改',
    k_ack: '签收', k_report: '反馈结果', k_profile: '打开企业档案', k_back: '返回队列', toQueue: '返回队列', withdrawn: '预警已撤回', contributions: '指数构成', noEvidence: '这条预警没有列出证据。', unavailable: '读不到预警：可能不在您的权限内。',
  },
  {
    title: 'Task', why: 'Why it is yours', history: 'What was done', noSteps: 'Nobody has worked on it yet.', measures: 'Suggested measures', siblings: 'Other tasks of the same warning', noSiblings: 'This is the only task of the warning.',
    findings: 'Findings so far', ackDue: 'Acknowledge', judgeDue: 'Judge', holder: 'Held by', nobody: 'nobody', lease: 'Held until', leaseLeft: '{span} left', leaseOver: 'over: anyone may take it',
    role: 'Part', partners: 'Joint agencies', division: 'Division', profile: 'Profile', graph: 'Relations', funds: 'Fund flows', pair: 'Side by side', warning: 'Warning', firmNow: 'The enterprise now', steps: 'What you can do',
    noStepsAllowed: 'There is no step that you can take now.', recalledHint: 'The warning fell and took the task with it: it takes no step.', doneBy: '{who} · {agency}', stoppedBy: 'Clock stopped, approved by {who}', reopen: 'Dispatch again',
    ack: 'Acknowledge', ackHint: 'You hold it then. If nothing happens until the lease ends, it is free again.', minutes: 'Hold it for', m30: '30 minutes', m60: '1 hour', m240: '4 hours', m1440: '1 day',
    reason: 'Reason', reasonHint: 'Goes into the record, which nobody can change. Citizen ids are masked.', reasonNeeded: 'Say why.', agency: 'Transfer to', agencyNeeded: 'Choose an agency.', partnersPick: 'Agencies that take part', partnersNeeded: 'Choose at least one agency.',
    approver: 'Account of the approver', approverHint: 'Somebody else must approve that the clock stops: the id of that account.', approverNeeded: 'Name who approved.', confirm: '{verb}', doing: 'Sending…', done: '{verb}: in the journal', willReport: 'Report: {what}', seeTask: 'See the task', effect: 'Since the report', beforeReport: 'Index before', nowIndex: 'now', seeStep: 'see what changed', noFall: 'The index did not fall with it: it falls when a payment, a repair or a quashed penalty comes in.', stillOpen: 'the warning still stands', cancel: 'Cancel',
    finding: 'Report a finding', outcome: 'Outcome', code: 'Because', amount: 'Amount concerned (yuan)', referred: 'Passed to the police or a court', rectified: 'Put right', onSpot: 'Results on the spot (optional)', onSpotHint: 'They become an event “inspection completed” and count in the index.', addItem: 'Add an item', item: 'Item', result: 'Result', remove: 'Remove',
    note: 'Note', outcomeNeeded: 'Choose an outcome (keys 1–4).', codeNeeded: 'Choose or write why.', amountBad: 'The amount must be a number of at least 0.', keysHint: '1–4 for the outcome, Ctrl+Enter sends', took: '{n} s',
    staleTitle: 'Somebody acted while you looked', staleHint: 'Your “{verb}” did not happen. See what changed, then decide.', field: 'What', before: 'As you saw it', after: 'Now', whoDid: 'What was done meanwhile', again: '{verb} all the same', noLonger: 'As it stands now it no longer takes “{verb}”.', look: 'Show how it stands', same: 'Nothing that is shown has changed: try again.',
    measure: 'Measure', proposed: 'Proposed', catalogue: 'All measures', basis: 'Basis', scope: 'Scope', term: 'Lasts', endsHow: 'Ends', once: 'done once', asked: 'Agencies that are asked to take part', pushTo: 'Ask', takesPart: 'Does your agency take part?', yes: 'It takes part', no: 'It does not', done2: 'What was done', done2Hint: 'What your agency did, and what came of it.', whyDecided: 'Why it is decided',
    measureNeeded: 'Choose a measure.', answerNeeded: 'Say whether your agency takes part.', noMeasure: 'There is no measure to choose now.', inForce: 'in force', lifted: 'lifted', until: 'until {day}', decidedBy: 'Decided by', liftedBy: 'Lifted by', byClock: 'the system', proposedHint: 'The system only proposes. You decide, and the journal keeps it under your name.',
    noIndex: 'no index yet', score: 'Index', openWarnings: 'Open warnings', from: 'from', copyId: 'Copy id', loading: 'Reading the evidence…', clockStopped: 'Clock stopped', byLead: 'Lead: {agency}', amountShort: 'amount', confirmedShort: 'referred', rectifiedShort: 'put right',
    k_ack: 'acknowledge', k_report: 'report a finding', k_profile: 'open the profile', k_back: 'back to the queue', toQueue: 'Back to the queue', withdrawn: 'Warning withdrawn', contributions: 'What the index is made of', noEvidence: 'The warning lists no evidence.', unavailable: 'The warning cannot be read: it may lie outside of what you may see.',
  },
);

type Pair = [zh: string, en: string];

/** Reason codes of findings, by outcome. The service keeps the code; any other word may be written. */
export const CODES: Record<string, Record<string, Pair>> = {
  confirmed: {
    same_operator: ['同一经营者换壳', 'Same operator under another name'], evasion: ['逃避债务或处罚', 'Evades debts or penalties'], illegal_operation: ['无照或超范围经营', 'Operates without licence'],
    false_registration: ['虚假登记', 'False registration'], smuggling: ['走私或无合法来源', 'Smuggling, no proof of origin'], fundraising: ['非法集资', 'Illegal fund-raising'],
  },
  partly: { some_facts: ['部分事实成立', 'Some facts hold'], minor: ['情节轻微，已责令改正', 'Minor, ordered to rectify'], in_repair: ['正在信用修复', 'Repair under way'] },
  unfounded: { legitimate: ['正常经营或合法承继', 'Legitimate business or succession'], shared_agent: ['共用代理地址所致', 'The address of a shared agent'], data_error: ['数据有误', 'Wrong data'], same_name: ['同名不同主体', 'Same name, another party'] },
  unverified: { not_found: ['住所无法联系', 'Not found at its address'], no_access: ['拒绝或无法进入', 'No access'], evidence_short: ['证据不足', 'Not enough evidence'], out_of_area: ['不属本辖区', 'Outside of the area'] },
};

export const ITEMS: Record<string, Pair> = {
  premises: ['经营场所', 'Premises'], licence: ['证照', 'Licences'], disclosure: ['公示信息', 'Disclosure'], goods: ['商品与库存', 'Goods and stock'],
  ledger: ['进销台账', 'Purchase and sales records'], staff: ['人员与社保', 'Staff'], origin: ['合法来源证明', 'Proof of origin'],
};

export const RESULTS: Record<string, Pair> = {
  ok: ['未发现问题', 'Nothing found'], not_disclosed: ['未按规定公示', 'Not disclosed'], false: ['弄虚作假', 'False'], unreachable: ['无法联系', 'Not reachable'],
  uncooperative: ['不配合检查', 'Uncooperative'], rectify: ['责令改正', 'To be rectified'], case_filed: ['立案', 'Case filed'], sample_failed: ['抽检不合格', 'Sample failed'],
};
