// Words of the shell: navigation, search, session, stream, keys.
import { words } from '~/i18n';

export const shell = words(
  {
    skip: '跳到正文', alerts: '预警', enterprises: '企业', pairs: '换马甲', graph: '关系图', funds: '资金流向', dispatch: '派单处置', queues: '任务队列',
    command: '指挥总览', unit: '打私专班', models: '模型', quality: '数据质量', audit: '审计', system: '系统', work: '研判', act: '处置', manage: '管理',
    find: '企业名称、信用代码或预警编号', findHint: '按 / 搜索', live: '实时', connecting: '连接中', offline: '离线', since: '自 {time} 起未更新',
    dark: '切换到深色', light: '切换到浅色', lang: 'English', logout: '退出登录', open: '无账户模式', openHint: '本流水线没有 [access] 表：坐在本机前的人可做一切。',
    keys: '快捷键', keysHint: '? 显示本页快捷键', anywhere: '任何页面', here: '本页', notFound: '没有这个页面', notFoundDo: '地址可能写错，或链接已过期。', home: '回到预警',
    starting: '服务正在启动', startingDo: '正在重放日志；完成后页面自动继续。', noAnswer: '连不上服务', noAnswerDo: '请确认 vestigo run 正在运行；恢复后自动继续。',
    crash: '页面出错了', crashDo: '已停止显示这一页，其余页面不受影响。', reload: '重新载入', nothing: '没有找到。可输入名称的一部分，或信用代码的开头。',
    dataTo: '数据截至 {time}', goUndo: '撤销刚才的操作（提示还在时）', goEnterprises: '转到企业', goAlerts: '转到预警', goPairs: '转到换马甲', goDispatch: '转到派单', tour: '新手引导', nav: '主导航', results: '搜索结果',
  },
  {
    skip: 'Skip to content', alerts: 'Alerts', enterprises: 'Enterprises', pairs: 'Vest switches', graph: 'Relations', funds: 'Fund flows', dispatch: 'Dispatch', queues: 'Queues',
    command: 'Command', unit: 'Anti-smuggling', models: 'Models', quality: 'Data quality', audit: 'Audit', system: 'System', work: 'Judge', act: 'Act', manage: 'Run',
    find: 'Enterprise, credit code or warning id', findHint: 'Press / to search', live: 'Live', connecting: 'Connecting', offline: 'Offline', since: 'not updated since {time}',
    dark: 'Switch to dark', light: 'Switch to light', lang: '中文', logout: 'Log out', open: 'No accounts', openHint: 'This pipeline has no table [access]: whoever sits at the machine may do everything.',
    keys: 'Keys', keysHint: '? shows the keys of this page', anywhere: 'Anywhere', here: 'On this page', notFound: 'There is no such page', notFoundDo: 'The address may be wrong, or the link too old.', home: 'To the alerts',
    starting: 'The service is starting', startingDo: 'It replays its journal; the page goes on by itself when it is done.', noAnswer: 'The service does not answer', noAnswerDo: 'See whether `vestigo run` is running; the page goes on by itself once it is back.',
    crash: 'This page failed', crashDo: 'It was stopped; all other pages still work.', reload: 'Load again', nothing: 'Nothing found. Type a part of the name, or the beginning of the credit code.',
    dataTo: 'Data up to {time}', goUndo: 'undo what was just done (while its note shows)', goEnterprises: 'go to enterprises', goAlerts: 'go to alerts', goPairs: 'go to vest switches', goDispatch: 'go to dispatch', tour: 'Tour', nav: 'Main', results: 'Results',
  },
);
