// Words of the alerts board.
import { words } from '~/i18n';

export const alertWords = words(
  {
    title: '预警', mine: '我的', unassigned: '无人签收', overdue: '逾期', all: '全部', level: '级别', warning: '预警', reasons: '主要理由', age: '时长',
    due: '时限', owner: '承办', state: '状态', kind: '类型', division: '辖区', anyKind: '全部类型', anyAgency: '全部单位', order: '排序', byLevel: '按级别', byUpdate: '按更新',
    withdrawn: '含已撤回', views: '已存视图', saveView: '保存当前视图', viewName: '视图名称', noViews: '还没有保存过视图', newRows: '{n} 条新动态', newRowsHint: '读入新动态；在此之前行不移动',
    selected: '已选 {n} 条', clear: '清除选择', bulk: '批量操作', ack: '签收', escalate: '上提', wait: '停钟', report: '反馈结果', dispatch: '派发', next: '下一条无人签收',
    why: '为什么', judged: '评分 {score}', model: '模型', measures: '建议措施', tasks: '任务', openFirm: '打开企业', openPair: '打开换马甲比对', openTask: '打开任务', noTask: '没有任务', noReasons: '您的角色看不到理由。',
    empty: '没有符合条件的预警', emptyMine: '您名下没有任务', emptyMineDo: '按 n 转到下一条无人签收的预警，再按 a 签收。', emptyUnassigned: '都有人签收了', emptyOverdue: '没有逾期', emptyDo: '可清除筛选条件；或等待新的事件。',
    emptyAll: '还没有预警', emptyAllDo: '预警随事件产生。把事件送到 POST /api/v1/events，或放进受监视的文件夹；也可运行 make demo 看一座模拟城市。',
    kNext: '下一行', kPrev: '上一行', kOpen: '打开企业', kAck: '签收', kEscalate: '上提', kSnooze: '停钟', kClose: '反馈结果', kNextFree: '下一条无人签收', kSelect: '选中一行', kPreview: '打开比对或任务',
    dryTitle: '{verb}：先看会发生什么', willDo: '{n} 个任务将{verb}', skipped: '{n} 个跳过', becauseState: '{n} 个所处状态不允许', becauseHeld: '{n} 个由他人持有', becauseNone: '{n} 条预警没有您可处理的任务', noteReason: '理由（写入记录）',
    lease: '签收时长（分钟）', approver: '批准人', doIt: '执行', done: '{n} 个任务已{verb}', willReport: '反馈结果：{what}', openTask2: '查看任务', partly: '{n} 个成功，{m} 个未成：状态已变', agency: '单位', outcome: '结果', code: '理由代码',
    referred: '已移送公安或法院', rectified: '已整改', amount: '涉及金额（元）', pending: '{n} 位小时', updated: '更新于', raised: '产生于', subjects: '涉及 {n} 户', score: '分值', showing: '已读 {n} / {total} 条', list: '预警列表', preview: '预览', group: '群体', withdrawnBecause: '撤回原因', leaseOf: '由 {who} 持有至 {time}', you: '您',
  },
  {
    title: 'Alerts', mine: 'Mine', unassigned: 'Unassigned', overdue: 'Overdue', all: 'All', level: 'Level', warning: 'Warning', reasons: 'Main reasons', age: 'Age',
    due: 'Due', owner: 'With', state: 'State', kind: 'Kind', division: 'Division', anyKind: 'All kinds', anyAgency: 'All agencies', order: 'Order', byLevel: 'By level', byUpdate: 'By change',
    withdrawn: 'Withdrawn too', views: 'Saved views', saveView: 'Save this view', viewName: 'Name of the view', noViews: 'No view was saved yet', newRows: '{n} new', newRowsHint: 'Read what is new; until then no row moves',
    selected: '{n} selected', clear: 'Clear', bulk: 'With all selected', ack: 'Acknowledge', escalate: 'Escalate', wait: 'Stop the clock', report: 'Report', dispatch: 'Dispatch', next: 'Next unassigned',
    why: 'Why', judged: 'score {score}', model: 'Model', measures: 'Proposed measures', tasks: 'Tasks', openFirm: 'Open enterprise', openPair: 'Compare both firms', openTask: 'Open task', noTask: 'No task', noReasons: 'Your role does not see the reasons.',
    empty: 'No warning is like this', emptyMine: 'You hold no task', emptyMineDo: 'Press n for the next unassigned warning, then a to acknowledge it.', emptyUnassigned: 'Somebody has each of them', emptyOverdue: 'Nothing is overdue', emptyDo: 'Take a filter away, or wait for what comes.',
    emptyAll: 'No warnings yet', emptyAllDo: 'Warnings follow from events. Send events to POST /api/v1/events, or put them into the watched folder; `make demo` shows a simulated city.',
    kNext: 'next row', kPrev: 'row before', kOpen: 'open the enterprise', kAck: 'acknowledge', kEscalate: 'escalate', kSnooze: 'stop the clock', kClose: 'report a finding', kNextFree: 'next unassigned', kSelect: 'select the row', kPreview: 'open comparison or task',
    dryTitle: '{verb}: what would happen', willDo: '{n} tasks: {verb}', skipped: '{n} left alone', becauseState: '{n} do not take the step where they stand', becauseHeld: '{n} are held by somebody else', becauseNone: '{n} warnings have no task that you work on', noteReason: 'Reason (kept on record)',
    lease: 'Held for (minutes)', approver: 'Approved by', doIt: 'Do it', done: '{n} tasks: {verb}', willReport: 'Report: {what}', openTask2: 'See the task', partly: '{n} done, {m} not: they changed meanwhile', agency: 'Agency', outcome: 'Outcome', code: 'Reason code',
    referred: 'Referred to police or court', rectified: 'Put right', amount: 'Amount concerned (yuan)', pending: '{n} hours', updated: 'changed', raised: 'raised', subjects: '{n} enterprises', score: 'Score', showing: '{n} of {total} read', list: 'List of warnings', preview: 'Preview', group: 'Group', withdrawnBecause: 'Withdrawn because', leaseOf: 'held by {who} until {time}', you: 'you',
  },
);
