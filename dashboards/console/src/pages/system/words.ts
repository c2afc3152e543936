// Words of the system page.
import { words } from '~/i18n';

export const systemWords = words(
  {
    title: '系统', accounts: '账户与密钥', condition: '运行状态', ready: '就绪', starting: '正在启动（重放日志）', stopping: '正在停止', poisoned: '日志写入失败，须重启', version: '版本', model: '模型', epochs: '日志批次', watermark: '数据时间', waiting: '等待入库的事件', journal: '日志', journalBytes: '已写入', clock: '数据落后实时', commit: '落盘用时', effect: '事件到结果',
    sources: '来源', kind: '种类', reads: '读取', noSources: '没有配置来源', outlets: '出口', outlet: '出口', state: '状态', delivered: '已送达批次', handed: '已交付批次', behind: '落后', why: '原因', attempts: '重试', working: '正常', retrying: '重试中', halted: '已停止', noOutlets: '没有配置出口。预警只在本控制台和结果文件里可见。',
    metrics: '指标摘要', noMetrics: '没有运维（operator）角色，看不到指标。', p50: '中位', p99: '99 分位', events: '事件', messages: '消息', accepted: '接受', duplicate: '重复', rejected: '拒绝', all: '全部指标', name: '指标', value: '数值', find: '筛选指标', openapi: '接口文档（OpenAPI）', under: '≤ {v}', over: '> {v}', since: '自启动以来', raw: '文本格式', health: '健康检查', live: '存活', count: '{n} 次',
    haltedHint: '出口已停止：修正原因后重启服务，送达会从断点继续。', retryHint: '对方暂不可用；会自动重试，不会丢失。',
  },
  {
    title: 'System', accounts: 'Accounts and keys', condition: 'Condition', ready: 'ready', starting: 'starting: the journal is replayed', stopping: 'stopping', poisoned: 'the journal cannot be written: restart it', version: 'Version', model: 'Model', epochs: 'Journal epochs', watermark: 'Data up to', waiting: 'Events waiting', journal: 'Journal', journalBytes: 'Written', clock: 'Data behind the wall clock', commit: 'To disk', effect: 'Event to effect',
    sources: 'Sources', kind: 'Kind', reads: 'Reads', noSources: 'No source is configured', outlets: 'Outlets', outlet: 'Outlet', state: 'State', delivered: 'Delivered epoch', handed: 'Handed epoch', behind: 'Behind', why: 'Reason', attempts: 'Attempts', working: 'working', retrying: 'retrying', halted: 'halted', noOutlets: 'No outlet is configured: warnings are seen here and in the result files alone.',
    metrics: 'Metrics', noMetrics: 'Metrics need the role operator.', p50: 'median', p99: '99th', events: 'Events', messages: 'Messages', accepted: 'accepted', duplicate: 'duplicate', rejected: 'rejected', all: 'All metrics', name: 'Metric', value: 'Value', find: 'Filter metrics', openapi: 'API document (OpenAPI)', under: '≤ {v}', over: '> {v}', since: 'since the start', raw: 'as text', health: 'Health', live: 'live', count: '{n} times',
    haltedHint: 'The outlet stopped: mend the reason and restart the service; it goes on where it stood.', retryHint: 'The other side does not answer; it is tried again, nothing is lost.',
  },
);
export type SystemWord = keyof (typeof systemWords)['zh'];
