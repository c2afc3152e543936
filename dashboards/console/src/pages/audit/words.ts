// Words of the audit.
import { words } from '~/i18n';

export const auditWords = words(
  {
    title: '审计', whole: '链条完整', broken: '链条在第 {line} 行断开', lines: '已核对 {n} 行：每行的摘要、衔接与签名', empty: '还没有审计记录', emptyHint: '每一次操作、查看明文、登录和账户变更都会在这里留下一行，不能更改。', head: '链头', headHint: '请把链头抄存在别处：日后可用 vestigo audit verify --head 证明末尾没有被截去。', check: '重新核对', checking: '正在核对…',
    seq: '序号', at: '时间', who: '账户', what: '事项', on: '对象', detail: '细节', hash: '摘要', all: '全部事项', act: '处置', reveal: '查看明文', login: '登录', account: '账户', key: '密钥', filterWho: '账户编号', filterOn: '任务、配对或企业', export: '导出已载入的行', more: '更早的记录', shown: '已载入 {n} 行，符合 {m} 行', none: '没有符合条件的记录', purpose: '目的', verified: '核对于 {time}', clear: '清除筛选',
  },
  {
    title: 'Audit', whole: 'The chain holds', broken: 'The chain breaks at line {line}', lines: '{n} lines checked: the hash, the link and the signature of each', empty: 'Nothing in the audit yet', emptyHint: 'Every act, reveal, login and change of accounts leaves a line here that nobody can change.', head: 'Head', headHint: 'Keep the head elsewhere: `vestigo audit verify --head` proves later that nothing was cut off the end.', check: 'Check again', checking: 'Checking…',
    seq: 'No.', at: 'When', who: 'Account', what: 'What', on: 'On', detail: 'Detail', hash: 'Hash', all: 'Everything', act: 'Act', reveal: 'Reveal', login: 'Login', account: 'Account', key: 'Key', filterWho: 'Account id', filterOn: 'Task, pair or enterprise', export: 'Export what is loaded', more: 'Earlier lines', shown: '{n} lines loaded, {m} fit', none: 'No line fits', purpose: 'purpose', verified: 'checked at {time}', clear: 'Clear filters',
  },
);
export type AuditWord = keyof (typeof auditWords)['zh'];
