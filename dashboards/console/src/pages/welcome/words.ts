// Words of the first run: the administrator, the login, the tour.
import { words } from '~/i18n';

export const welcome = words(
  {
    login: '登录', name: '账户名', password: '密码', enter: '登录', wrong: '账户名或密码不对。连续错五次后需等一分钟。',
    sso: '统一身份登录', or: '或用本地账户', refused: '统一身份登录没有成功，请重新登录。', notGranted: '您的身份已确认，但所在的组没有任何权限。请向管理员申请加入有权限的组，然后重新登录。', disabled: '您的账户已停用，请联系管理员。', providerDown: '身份认证服务暂时无法访问。请稍后再试，或使用本地账户。', busy: '同时登录的人太多，请稍后再试。',
    setup: '创建第一位管理员', setupWhy: '服务刚刚启动，还没有账户。启动日志写明了一次性令牌的位置，只有运行服务的人能读到它。', token: '一次性令牌', tokenHint: '在服务所在的机器上执行：cat state/access/setup-token',
    again: '再输一次密码', differ: '两次输入的密码不一样', length: '至少 12 个字符', create: '创建并登录', tagline: '市场监管风险预警', about: '把企业登记、处罚、执行、资金等事件连成线索：谁在换马甲、风险为什么上升、该由谁去办。',
    demoCity: '演示城市', demoLoad: '载入演示城市', demoHint: '约 550 户虚构企业、一年半的事件，经正常接入进入本服务。演示数据不能再取出：要接入真实数据，请换一个空的状态目录。', demoMaking: '正在生成城市…', demoFeeding: '已接入 {n} / {of} 个事件', demoDone: '演示城市已全部接入，预警会陆续出现。', demoFailed: '演示城市没有完整接入：{why}', tour: '五步认识 Vestigo', step: '第 {n} 步，共 {of} 步', skip: '跳过', start: '开始使用',
    t1: '预警：从这里开始一天', d1: '红橙黄蓝四级，每条都写明理由。j、k 移动，a 签收，n 跳到下一条无人签收的；? 查看全部快捷键。新动态停在右上角的药丸里，读入之前行不会移动。',
    t2: '换马甲：并排比对', d2: '左边是出事的企业，右边是疑似接手的企业，中间是共同的证据，按权重排列；相反的证据始终显示。看完按 y（同一）、h（依据不足）或 n（不是）。',
    t3: '企业：风险为什么变', d3: '指数随时间的变化、每一分来自哪条记录、登记事项的来源和时间。人员和联系方式默认遮蔽，查看须写明目的并留下审计。',
    t4: '派单：谁、何时之前', d4: '任务按时限排列，签收后有持有期，超期自动放回。别人先动手时不会覆盖，会让您看到现在的状态。',
    t5: '放心：一切有据可查', d5: '每个判断都落在事件上，每个操作都在审计里。数据质量页显示来源是否断流，系统页显示版本和出口。',
  },
  {
    login: 'Log in', name: 'Account', password: 'Password', enter: 'Log in', wrong: 'The account or the password is wrong. After five wrong ones in a row a name rests for a minute.',
    sso: 'Single sign-on', or: 'or a local account', refused: 'The single sign-on failed: log in again.', notGranted: 'We know who you are, but none of your groups is granted anything here. Ask an administrator for a group that is, and log in again.', disabled: 'Your account is switched off: ask an administrator.', providerDown: 'The identity provider cannot be reached. Try again later, or use a local account.', busy: 'Too many people log in at a time: try again.',
    setup: 'Create the first administrator', setupWhy: 'The service is new and has no accounts. Its log says where the one-time token is; only whoever runs the service can read it.', token: 'One-time token', tokenHint: 'On the machine of the service: cat state/access/setup-token',
    again: 'Password again', differ: 'The passwords are not the same', length: 'At least 12 characters', create: 'Create and log in', tagline: 'Risk early warning for market regulators', about: 'Registrations, penalties, enforcement and funds become leads: who carries on under another name, why a risk rises, and who should act.',
    demoCity: 'Demo city', demoLoad: 'Load the demo city', demoHint: 'About 550 invented enterprises and a year and a half of events, handed in like any feed. They cannot be taken out again: begin with an empty state folder for real data.', demoMaking: 'The city is being made up…', demoFeeding: '{n} of {of} events are in', demoDone: 'The demo city is in; warnings appear one after the other.', demoFailed: 'The demo city is not whole: {why}', tour: 'Vestigo in five steps', step: 'Step {n} of {of}', skip: 'Skip', start: 'Begin',
    t1: 'Alerts: where the day begins', d1: 'Four levels, each warning with its reasons. j and k move, a acknowledges, n goes to the next that nobody has; ? shows all keys. What is new waits in the pill at the top: no row moves before you read it.',
    t2: 'Vest switches: side by side', d2: 'The firm in trouble on the left, the one that is thought to carry it on at the right, what they share in between, sorted by weight; what speaks against it is always shown. Then y (same), h (not enough) or n (different).',
    t3: 'Enterprises: why a risk changed', d3: 'The index over time, which record each point comes from, registered facts with source and times. Persons and contacts are masked; showing them needs a purpose and is audited.',
    t4: 'Dispatch: who, and until when', d4: 'Tasks by due time. An acknowledged task is held for a while, then free again. If somebody acts first, nothing is overwritten: you see how it stands now.',
    t5: 'Everything is on record', d5: 'Each judgement rests on events, each act is in the audit. Data quality shows whether a source went silent; System shows versions and outlets.',
  },
);
