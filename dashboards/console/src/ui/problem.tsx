// What went wrong, and what should be done next?
import { Problem } from '~/api/client';
import { common } from '~/i18n/common';
import { useWords, words } from '~/i18n';
import { useNames } from '~/i18n/domain';
import { stamp } from '~/i18n/time';

const dictionary = words(
  {
    offline: '连不上服务', offlineDo: '请检查网络，或确认服务正在运行。恢复后页面会自动继续。',
    'not-found': '没有找到', 'not-foundDo': '可能已不存在，或不在您的权限范围内。请检查编号，或返回列表。',
    forbidden: '没有权限', forbiddenDo: '您的账户没有这项权限。需要时请联系管理员授予相应角色。',
    unauthorized: '需要登录', unauthorizedDo: '会话已结束，请重新登录。',
    stale: '他人已先行处理', staleDo: '下面是当前状态。请核对后再决定是否继续。',
    'not-allowed': '当前状态不能这样做', 'not-allowedDo': '任务所处的状态不允许这一步，或由他人持有。请刷新后查看可用步骤。',
    invalid: '有一项填写不符合要求', invalidDo: '请按下面的提示修改后再提交。',
    'not-ready': '服务正在启动', 'not-readyDo': '正在重放日志，完成后会自动继续。',
    'rate-limited': '请求过于频繁', 'rate-limitedDo': '请稍候片刻再试。',
    'csrf-missing': '会话令牌缺失', 'csrf-missingDo': '请刷新页面后重试。',
    'cursor-mismatch': '列表已变化', 'cursor-mismatchDo': '请从第一页重新读取。',
    nowIs: '现在：{state}', heldBy: '由 {who} 持有', other: '出错了', otherDo: '请重试；若仍失败，请把下面的说明交给运维人员。',
  },
  {
    offline: 'The service does not answer', offlineDo: 'Check the network, or whether the service runs. The page goes on by itself once it is back.',
    'not-found': 'Nothing was found', 'not-foundDo': 'It may be gone, or lie outside of what you may see. Check the id, or go back to the list.',
    forbidden: 'You may not do this', forbiddenDo: 'Your account lacks the role. Ask an administrator if you need it.',
    unauthorized: 'Please log in', unauthorizedDo: 'Your session is over. Log in again.',
    stale: 'Somebody else acted first', staleDo: 'This is how it stands now. Look at it, then decide whether to go on.',
    'not-allowed': 'This step does not fit', 'not-allowedDo': 'The task does not take this step where it stands, or somebody else holds it. Look at the steps that it takes now.',
    invalid: 'A field is not as it must be', invalidDo: 'Change what is said below and send it again.',
    'not-ready': 'The service is starting', 'not-readyDo': 'It replays its journal; the page goes on by itself when it is done.',
    'rate-limited': 'Too many requests', 'rate-limitedDo': 'Wait a moment and try again.',
    'csrf-missing': 'The session token is missing', 'csrf-missingDo': 'Load the page again and repeat the step.',
    'cursor-mismatch': 'The list has changed', 'cursor-mismatchDo': 'Read it again from the first page.',
    nowIs: 'Now: {state}', heldBy: 'held by {who}', other: 'Something went wrong', otherDo: 'Try again. If it fails again, hand the text below to whoever runs the service.',
  },
);

type Key = Parameters<ReturnType<typeof useWords<keyof (typeof dictionary)['zh']>>>[0];

/** What went wrong in a few words: for a toast. */
export function useProblemTitle() {
  const t = useWords(dictionary);
  return (error: unknown): string => {
    if (!(error instanceof Problem)) return String(error);
    return error.type in dictionary.zh && !error.type.endsWith('Do') ? t(error.type as Key) : error.detail;
  };
}

export function ProblemBox({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useWords(dictionary);
  const c = useWords(common);
  const name = useNames();
  const problem = error instanceof Problem ? error : new Problem(-1, { type: 'other', detail: String(error) });
  const known = problem.type in dictionary.zh && !problem.type.endsWith('Do') ? problem.type : 'other';
  return (
    <div className="problem" role="alert">
      <strong>{t(known as Key)}</strong>
      <p>{t(`${known}Do` as Key)}</p>
      {problem.detail && problem.status !== 0 && <p className="detail">{problem.detail}</p>}
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((field) => (
            <li key={field.pointer}>
              <code>{field.pointer}</code> {field.message}
            </li>
          ))}
        </ul>
      )}
      {problem.current && (
        <p>
          <b>{t('nowIs', { state: name('state', problem.current.state) })}</b> {problem.current.holder && t('heldBy', { who: problem.current.holder })}
        </p>
      )}
      {problem.stepsSince && problem.stepsSince.length > 0 && (
        <ul>
          {problem.stepsSince.map((step) => (
            <li key={step.act}>
              {stamp(step.at)} {step.by}: {name('verb', step.verb)} {step.reason}
            </li>
          ))}
        </ul>
      )}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {c('retry')}
        </button>
      )}
    </div>
  );
}

/** What a query shows until it has data: nothing at once, a placeholder soon, a problem with a way on. */
export function Waiting({ query }: { query: { error: unknown; refetch: () => unknown } }) {
  const c = useWords(common);
  if (query.error) return <ProblemBox error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className="waiting" role="status">
      {c('loading')}
    </div>
  );
}
