// Words that every page uses.
import { words } from '.';

export const common = words(
  {
    loading: '正在读取…', retry: '重试', close: '关闭', cancel: '取消', more: '更多', all: '全部', none: '无', search: '搜索',
    copy: '复制', copied: '已复制', reason: '理由', asTable: '表格', asChart: '图形', back: '返回', yes: '是', no: '否',
    evidenceFor: '支持的证据', evidenceAgainst: '相反的证据', noCounter: '未发现相反证据', weight: '权重', events: '事件', points: '分',
    total: '合计', statement: '内容', level: '级别', agency: '单位', name: '名称', code: '统一社会信用代码', time: '时间', state: '状态',
    apply: '应用', save: '保存', remove: '删除', next: '下一个', previous: '上一个', open: '打开', print: '打印', overdue: '逾期',
    grade: '类别', score: '指数', from: '起', until: '止', source: '来源', unassigned: '无人签收', showMore: '显示更多',
  },
  {
    loading: 'Loading…', retry: 'Try again', close: 'Close', cancel: 'Cancel', more: 'More', all: 'All', none: 'None', search: 'Search',
    copy: 'Copy', copied: 'Copied', reason: 'Reason', asTable: 'Table', asChart: 'Chart', back: 'Back', yes: 'Yes', no: 'No',
    evidenceFor: 'Evidence for', evidenceAgainst: 'Evidence against', noCounter: 'Nothing speaks against it', weight: 'Weight', events: 'Events', points: 'points',
    total: 'Total', statement: 'Statement', level: 'Level', agency: 'Agency', name: 'Name', code: 'Credit code', time: 'Time', state: 'State',
    apply: 'Apply', save: 'Save', remove: 'Remove', next: 'Next', previous: 'Previous', open: 'Open', print: 'Print', overdue: 'Overdue',
    grade: 'Class', score: 'Index', from: 'From', until: 'Until', source: 'Source', unassigned: 'Unassigned', showMore: 'Show more',
  },
);
