// Which steps bring a task back to where it stood? Only exact opposites: what is not here cannot be undone.
import { act, type Task } from './client';

interface Step { verb: string; body?: Parameters<typeof act>[2] }

/** The steps that undo a step, or nothing: from the task as it was seen, and who asks. */
export function opposite(before: Task, verb: string, has: (...roles: string[]) => boolean): Step[] | undefined {
  const directs = has('dispatcher');
  const again: Step = { verb: 'ack', body: { lease_minutes: 60 } };
  if (verb === 'ack' && before.state === 'dispatched') return [{ verb: 'release' }];
  if (verb === 'release' && before.state === 'acknowledged') return [again];
  if (verb === 'release' && before.state === 'in_hand') return [again, { verb: 'start' }];
  if (verb === 'start' && before.state === 'acknowledged') return [{ verb: 'release' }, again];
  if (verb === 'wait' && before.state === 'in_hand') return [{ verb: 'resume' }];
  if (directs && (verb === 'escalate' || verb === 'return') && before.state === 'dispatched') return [{ verb: 'dispatch' }];
  return undefined;
}

/** Takes them, each from where the one before led; fails as any step does when others acted since. */
export async function takeBack(after: Task, steps: Step[]): Promise<Task> {
  let task = after;
  for (const step of steps) task = await act(task, step.verb, step.body);
  return task;
}
