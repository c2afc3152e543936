// Words of accounts and keys.
import { words } from '~/i18n';

export const accountWords = words(
  {
    title: '账户与密钥', accounts: '账户', keys: '机器密钥', add: '新建账户', addKey: '新建密钥', name: '名称', password: '初始密码', passwordHint: '至少 12 个字符。请通过安全渠道交给本人。', roles: '角色', rolesHint: '按需授予：操作系统、数据与账户的运维不能看案件。', agency: '单位', noAgency: '不限单位', divisions: '区划前缀', divisionsHint: '多个用空格分开；留空表示全部。', create: '创建', save: '保存', edit: '修改', disable: '停用', enable: '启用', remove: '收回', disabled: '已停用', since: '创建于', self: '本人', selfHint: '自己的账户须由另一位管理员修改。', everywhere: '全部', made: '已创建：{id}', saved: '已保存', removed: '已收回', keyOnce: '密钥只显示这一次，请立即保存：', none: '还没有账户', noKeys: '还没有密钥。供数系统和外部接口用密钥访问。', cancel: '取消', roleNeeded: '请至少选择一个角色。', removeAsk: '收回密钥 {name}？使用它的系统会立即失去访问。', openTitle: '本流水线没有账户', openHint: '在流水线文件中加入 [access] 表并重启后，才能建立账户和密钥。', noRole: '管理账户需要运维（operator）角色。', back: '返回系统',
  },
  {
    title: 'Accounts and keys', accounts: 'Accounts', keys: 'Keys of machines', add: 'New account', addKey: 'New key', name: 'Name', password: 'First password', passwordHint: 'At least 12 characters. Hand it over by a safe way.', roles: 'Roles', rolesHint: 'As few as needed: operators look after data and accounts and see no case.', agency: 'Agency', noAgency: 'any agency', divisions: 'Prefixes of divisions', divisionsHint: 'Separated by spaces; empty stands for all.', create: 'Create', save: 'Save', edit: 'Change', disable: 'Switch off', enable: 'Switch on', remove: 'Take back', disabled: 'switched off', since: 'Since', self: 'you', selfHint: 'Another administrator must change this account.', everywhere: 'all', made: 'Created: {id}', saved: 'Saved', removed: 'Taken back', keyOnce: 'The key is shown this once. Keep it now:', none: 'No accounts yet', noKeys: 'No keys yet. Feeds and other systems come in with a key.', cancel: 'Cancel', roleNeeded: 'Choose at least one role.', removeAsk: 'Take back the key {name}? Whoever uses it is shut out at once.', openTitle: 'This pipeline has no accounts', openHint: 'Give the pipeline file a table [access] and start it again; then accounts and keys can be made.', noRole: 'Accounts need the role operator.', back: 'Back to the system',
  },
);
