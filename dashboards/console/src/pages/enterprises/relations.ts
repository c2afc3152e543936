// What are relations called? The words of /relations and of hubs.
import type { Lang } from '~/i18n';

const KINDS: Record<string, [zh: string, en: string]> = {
  succession: ['疑似换马甲', 'suspected succession'], declared: ['登记的承继', 'declared succession'], holds: ['持股', 'holds shares'], controls: ['控制', 'controls'], paid: ['付款', 'paid'],
  person: ['同一人员', 'same person'], address_unit: ['同一场所', 'same unit'], building: ['同一楼宇', 'same building'], phone: ['同一电话', 'same phone'], email: ['同一邮箱', 'same e-mail'],
  email_domain: ['同一邮箱域名', 'same e-mail domain'], account: ['同一账户', 'same account'], agent: ['同一代理人', 'same agent'], fingerprint: ['同一设备', 'same device'], brand: ['同一字号', 'same brand'],
  asset: ['同一资产', 'same asset'], online_shop: ['同一网店', 'same online shop'],
};

export const relationName = (kind: string, lang: Lang): string => KINDS[kind.replace('graph_hub_', '')]?.[lang === 'zh' ? 0 : 1] ?? kind;
