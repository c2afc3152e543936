// Words of the models page.
import { words } from '~/i18n';

export const modelWords = words(
  {
    title: '模型', current: '现行模型', digest: '摘要', indicators: '指标', categories: '类别与上限', points: '最高分', cap: '上限', window: '时间窗', halfLife: '半衰期', veto: '一票否决', source: '依据', days: '{n} 天', name: '指标', category: '类别', all: '全部类别', find: '名称、编号或依据', pack: '专业包', packHint: '专业包在通用分之外另加', d: '直接定为 D', at_least_c: '至少为 C', proposal: '本项目提出', proposalHint: '[P]：没有官方出处的提议', noWindow: '不限', sum: '{n} 项，单项最高分之和 {p}，类别上限 {c}', grades: '分类界线', gradeOf: '{g} 类', from: '{n} 分起', below: '不足 {n} 分', shown: '显示 {n} / {total} 项', agencies: '派单单位', command: '指挥层级', application: '应用层级', divisions: '辖区', agency: '单位', hits: '当前命中',
    draft: '起草一个版本', draftHint: '模型是 models/ 中的文件：复制一个版本，改动后用命令检查和回测，再提议上线。', steps1: '复制 `models/dongfang/2026.2` 为新版本', steps2: '改动指标或阈值，并用 `vestigo model check` 检查，用 `vestigo model diff` 看改动', steps3: '用 `vestigo backtest 新版本 --against 旧版本` 回测，把 backtest.json 打开在本页', steps4: '提议上线并由另一人批准，或在流水线里指向新版本并发送 SIGHUP；新模型追上之前，页面仍按旧模型显示', negative: '减分项', switching: '换模型期间，读到的都是旧模型的结论。', scale: '满分 {n}',
    city: '市级', unit: '部门、乡镇', bureau: '部门', grid: '乡镇网格',
  },
  {
    title: 'Models', current: 'The model in force', digest: 'Digest', indicators: 'Indicators', categories: 'Categories and caps', points: 'Points', cap: 'Cap', window: 'Window', halfLife: 'Half-life', veto: 'Veto', source: 'Source of the rule', days: '{n} d', name: 'Indicator', category: 'Category', all: 'All categories', find: 'Name, id or source', pack: 'pack', packHint: 'A pack adds to the generic score', d: 'class D', at_least_c: 'class C at least', proposal: 'proposal', proposalHint: '[P]: a proposal without an official source', noWindow: 'none', sum: '{n} indicators, {p} points together, cap {c}', grades: 'Where classes begin', gradeOf: 'Class {g}', from: 'from {n}', below: 'below {n}', shown: '{n} of {total} shown', agencies: 'Agencies', command: 'Command', application: 'Application', divisions: 'Divisions', agency: 'Agency', hits: 'Hits now',
    draft: 'Draft a version', draftHint: 'A model is a folder of files: copy a version, change it, check and backtest it by command, then propose it.', steps1: 'Copy `models/dongfang/2026.2` as a new version', steps2: 'Change indicators or thresholds; `vestigo model check` checks them, `vestigo model diff` shows the change', steps3: '`vestigo backtest NEW --against OLD` runs both over the same events: open backtest.json on this page', steps4: 'Propose it and have it approved, or point the pipeline at it and send SIGHUP; until it has caught up, pages show what the old one said', negative: 'lowers the score', switching: 'While a model is changed, everything is read as the old one said it.', scale: 'highest {n}',
    city: 'City', unit: 'Bureau, township', bureau: 'Bureau', grid: 'Township grid',
  },
);
export type ModelWord = keyof (typeof modelWords)['zh'];
