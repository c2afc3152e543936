// What are the words of the domain called? Levels, kinds, states, verbs, measures: the API's words in both languages.
import { useCallback } from 'react';
import { useModel } from '~/api/queries';
import { useLang, type Lang } from '.';

type Named = Record<string, [zh: string, en: string]>;

const LEVEL: Named = { red: ['红色', 'Red'], orange: ['橙色', 'Orange'], yellow: ['黄色', 'Yellow'], blue: ['蓝色', 'Blue'] };

const KIND: Named = {
  vest_switch: ['换马甲', 'Vest switch'],
  index_level: ['指数达到级别', 'Index level'],
  veto: ['否决事项', 'Veto'],
  deregistration_conflict: ['注销矛盾', 'Deregistration conflict'],
  batch_shells: ['批量空壳', 'Batch of shells'],
  fine_evasion: ['未缴罚款而变更登记', 'Changes while fines are unpaid'],
  emission_mismatch: ['用能与排放不符', 'Energy against emission'],
  complaint_burst: ['投诉激增', 'Complaint burst'],
  flow_cycle: ['资金循环', 'Funds: cycle'],
  flow_fan_in: ['资金：分散转入', 'Funds: fan-in'],
  flow_fan_out: ['资金：分散转出', 'Funds: fan-out'],
  flow_scatter_gather: ['资金：散后再汇', 'Funds: scatter–gather'],
  flow_gather_scatter: ['资金：汇后再散', 'Funds: gather–scatter'],
  flow_pass_through: ['资金：快进快出', 'Funds: pass-through'],
  flow_structuring: ['资金：拆分交易', 'Funds: structuring'],
  flow_dormant_wake: ['资金：休眠激活', 'Funds: dormant wakes'],
  flow_ef_leakage: ['资金：自贸账户外流', 'Funds: free-trade account leakage'],
  flow_special_drain: ['资金：专户挪用', 'Funds: special account drained'],
  flow_asset_shift: ['资金：事后转移', 'Funds: led away after an event'],
  flow_fundraising: ['疑似非法集资', 'Suspected fund-raising'],
  group_arrears: ['关联欠薪', 'Group: arrears'],
  group_brand: ['关联：同一字号', 'Group: brand'],
  group_building: ['关联：同一楼宇', 'Group: building'],
  group_concentration: ['系统性：风险集中', 'Systemic: concentration'],
  group_growth: ['系统性：D类增长', 'Systemic: growth of class D'],
  group_nominee: ['关联：疑似挂名', 'Group: nominee'],
  import_quality: ['进口商品质量', 'Import quality'],
  smuggling: ['走私风险', 'Smuggling'],
  zero_tariff: ['零关税货物', 'Zero-tariff goods'],
};

const STATE: Named = {
  open: ['有效', 'Open'],
  withdrawn: ['已撤回', 'Withdrawn'],
  raised: ['已生成', 'Raised'],
  dispatched: ['待签收', 'Dispatched'],
  acknowledged: ['已签收', 'Acknowledged'],
  in_hand: ['办理中', 'In hand'],
  waiting: ['已停钟', 'Waiting'],
  joint: ['联合办理', 'Joint'],
  transferred: ['已移送', 'Transferred'],
  returned: ['已退回', 'Returned'],
  escalated: ['已上提', 'Escalated'],
  reported: ['已反馈', 'Reported'],
  closed: ['已办结', 'Closed'],
  recalled: ['已撤回', 'Recalled'],
  active: ['存续', 'Active'],
  ended: ['已注销或吊销', 'Ended'],
};

const VERB: Named = {
  ack: ['签收', 'Acknowledge'],
  renew: ['续期', 'Renew'],
  release: ['释放', 'Release'],
  start: ['开始办理', 'Start'],
  wait: ['停钟', 'Stop the clock'],
  resume: ['恢复计时', 'Resume'],
  return: ['退回', 'Return'],
  transfer: ['移送', 'Transfer'],
  join: ['联合办理', 'Work jointly'],
  report: ['反馈结果', 'Report'],
  escalate: ['上提', 'Escalate'],
  dispatch: ['派发', 'Dispatch'],
  close: ['办结', 'Close'],
  recall: ['收回', 'Recall'],
  raise: ['重新打开', 'Raise again'],
  remind: ['催办', 'Remind'],
  overdue: ['逾期', 'Overdue'],
  expire: ['到期收回', 'Lease ended'],
  initiate: ['发起措施', 'Decide a measure'],
  push: ['推送措施', 'Ask the agencies'],
  respond: ['响应', 'Answer'],
  feedback: ['反馈执行情况', 'Tell what was done'],
  lift: ['解除措施', 'Lift a measure'],
};

const VERDICT: Named = {
  same: ['同一经营者', 'Same operator'],
  unsure: ['依据不足', 'Not enough'],
  different: ['不是同一', 'Different'],
};

const OUTCOME: Named = {
  confirmed: ['属实', 'Confirmed'],
  partly: ['部分属实', 'Partly confirmed'],
  unfounded: ['不属实', 'Unfounded'],
  unverified: ['无法核实', 'Not verified'],
};

const FAMILY: Named = {
  control: ['控制人', 'Control'],
  premises: ['场所', 'Premises'],
  contact: ['联系方式', 'Contact'],
  name: ['名称', 'Name'],
  business: ['经营', 'Business'],
  staff: ['人员', 'Staff'],
  timing: ['时间', 'Timing'],
  funds: ['资金', 'Funds'],
  assets: ['资产', 'Assets'],
  trade: ['交易对手', 'Trade partners'],
  agent: ['代理人', 'Agent'],
  filing: ['申办方式', 'Filing'],
  adverse: ['不利事实', 'Adverse facts'],
};

const ROLE: Named = {
  viewer: ['查看', 'Viewer'],
  investigator: ['核查', 'Investigator'],
  dispatcher: ['调度', 'Dispatcher'],
  analyst: ['分析', 'Analyst'],
  auditor: ['审计', 'Auditor'],
  operator: ['运维', 'Operator'],
  feeder: ['供数', 'Feeder'],
  lead: ['主办', 'Lead'],
  partner: ['协办', 'Partner'],
};

const MEASURE: Named = {
  joint_command: ['市级指挥、联合研判', 'City command, joint judgement'],
  registration_review: ['从严审查变更、注销', 'Close review of registrations'],
  stop_simple_deregistration: ['不适用简易注销', 'No simple deregistration'],
  suspend_registration_fundraising: ['商请暂停登记', 'Ask to suspend registration'],
  fundraising_inquiry: ['非法集资调查认定', 'Inquiry into illegal fund-raising'],
  referral_check: ['研判移送公安', 'Check for referral to the police'],
  customs_joint_check: ['会同海关、海警查缉', 'Joint checks with Customs'],
  proof_of_origin: ['要求合法来源证明', 'Ask for proof of origin'],
  tariff_check: ['核查流向与补税', 'Check tariff and where goods went'],
  import_tracing: ['追溯、抽检、召回', 'Trace, sample, recall'],
  import_watch: ['提高查验比例', 'Inspect more lots'],
  account_inquiry: ['依法查询账户', 'Inquire into accounts'],
  tax_cooperation: ['推送税务核查', 'Pass to the tax authority'],
  key_supervision: ['重点监管、联合检查', 'Key supervision'],
  interview: ['约谈企业', 'Interview'],
  complaint_mediation: ['集中调解投诉', 'Handle complaints together'],
  document_check: ['书面检查', 'Check of documents'],
  sampling_weight: ['提高抽查权重', 'Raise the sampling weight'],
  watch: ['列入关注', 'Watch'],
};

/** How far an agency is with a measure that it was asked for. */
const STAGE: Named = {
  initiated: ['待推送', 'Not asked yet'],
  pushed: ['待响应', 'Asked'],
  accepted: ['已接受', 'Takes part'],
  declined: ['不参与', 'Declined'],
  fed_back: ['已反馈', 'Done'],
};

const OFFICE: Named = {
  legal_rep: ['法定代表人', 'Legal representative'],
  holder: ['股东', 'Shareholder'],
  director: ['董事', 'Director'],
  supervisor: ['监事', 'Supervisor'],
  manager: ['经理', 'Manager'],
  finance: ['财务负责人', 'Finance'],
  liaison: ['联络员', 'Liaison'],
};

const CATEGORY: Named = {
  B: ['企业基本属性', 'Basic attributes'],
  D: ['企业动态', 'Dynamics'],
  R: ['监管', 'Regulation'],
  A: ['关联关系', 'Relations'],
  P: ['社会评价', 'Public assessment'],
  F: ['资金流', 'Fund flow'],
  S: ['走私、进口与口岸', 'Smuggling, import, port'],
  total: ['总分', 'Score'],
  floor: ['保底', 'Floor'],
};

/** Sections of GB/T 4754. */
const INDUSTRY: Named = {
  A: ['农、林、牧、渔业', 'Agriculture, fishing'], B: ['采矿业', 'Mining'], C: ['制造业', 'Manufacturing'], D: ['电力、热力、燃气、水', 'Power, gas, water'], E: ['建筑业', 'Construction'], F: ['批发和零售业', 'Wholesale, retail'], G: ['交通运输、仓储、邮政', 'Transport, storage'], H: ['住宿和餐饮业', 'Hotels, restaurants'], I: ['信息技术服务', 'IT services'], J: ['金融业', 'Finance'],
  K: ['房地产业', 'Real estate'], L: ['租赁和商务服务业', 'Leasing, business services'], M: ['科研和技术服务', 'Research, technical services'], N: ['水利、环境、公共设施', 'Water, environment'], O: ['居民服务、修理', 'Household services, repair'], P: ['教育', 'Education'], Q: ['卫生和社会工作', 'Health, social work'], R: ['文化、体育、娱乐', 'Culture, sport'], S: ['公共管理', 'Public administration'], T: ['国际组织', 'International bodies'],
};

/** Words of the API by table. An unknown word is shown as it is. */
export const TABLES = {
  level: LEVEL, kind: KIND, state: STATE, verb: VERB, verdict: VERDICT, outcome: OUTCOME,
  family: FAMILY, role: ROLE, measure: MEASURE, stage: STAGE, office: OFFICE, category: CATEGORY, industry: INDUSTRY,
};
export type Table = keyof typeof TABLES;

export const nameIn = (lang: Lang, table: Table, word: string): string => TABLES[table][word]?.[lang === 'zh' ? 0 : 1] ?? word;

/** `name('kind', 'vest_switch')`. */
export function useNames() {
  const { lang } = useLang();
  return useCallback((table: Table, word: string | null | undefined) => (word ? nameIn(lang, table, word) : ''), [lang]);
}

/** Names of agencies and indicators, as the model tells them. */
export function useModelNames() {
  const { lang } = useLang();
  const { data } = useModel();
  return {
    /** The town of a division, called as its government's agency is; nothing where the model has none. */
    town: (division: string) => {
      const town = data?.agencies.find((one) => one.application === 'grid' && one.divisions.includes(division));
      return town && { agency: town.id, name: lang === 'zh' ? town.zh.replace(/人民政府$|管理委员会$/, '') : town.en.replace(/ (Town|Township)? ?Government$/, '') };
    },
    agency: (id: string | null | undefined) => (id ? (data?.agencies.find((agency) => agency.id === id)?.[lang] ?? id) : ''),
    indicator: (id: string) => {
      // What is over the most that a category, or the whole, may count is taken off again.
      if (id === 'floor') return lang === 'zh' ? '总分不低于零' : 'Score: not below zero';
      if (id === 'cap:total') return lang === 'zh' ? '总分封顶' : 'Score: capped';
      if (id.startsWith('cap:')) return lang === 'zh' ? `${nameIn(lang, 'category', id.slice(4))}封顶` : `${nameIn(lang, 'category', id.slice(4))}: capped`;
      return data?.indicators.find((indicator) => indicator.id === id)?.[lang] ?? id;
    },
    category: (id: string) => (/^(cap:|floor)/.test(id) ? id.replace('cap:', '') : (data?.indicators.find((indicator) => indicator.id === id)?.category ?? id.slice(0, 1))),
  };
}
