// What can be done with warnings from the board, and what would happen? A plan first, then the steps.
import { act, api, data, Problem, type Me, type Schemas, type Task, type Warning } from '~/api/client';
import { queryClient } from '~/api/queries';

/** Steps that the board offers. */
export type BoardVerb = 'ack' | 'escalate' | 'wait' | 'report' | 'dispatch';

/** What a step will and will not touch. */
export interface Plan {
  verb: BoardVerb;
  ready: Task[];
  wrongState: Task[];
  heldByOthers: Task[];
  /** Warnings without any task. */
  without: number;
}

const OVER = new Set(['closed', 'recalled', 'reported']);

/** The task that matters most to the caller: the own one, else the lead that is not over. */
export function mainTask(warning: Warning, me: Me | null): Task | undefined {
  const tasks = warning.tasks ?? [];
  return (
    tasks.find((task) => task.holder === me?.id) ??
    tasks.find((task) => task.role === 'lead' && !OVER.has(task.state) && (!me?.agency || task.agency === me.agency)) ??
    tasks.find((task) => !OVER.has(task.state)) ??
    tasks[0]
  );
}

/** The term that runs for a task; undefined when none does. */
export function dueOf(task: Task): string | undefined {
  if (OVER.has(task.state) || task.state === 'waiting') return undefined;
  return task.state === 'dispatched' || task.state === 'transferred' ? task.ack_due_at : task.judge_due_at;
}

export function plan(verb: BoardVerb, warnings: Warning[], me: Me | null): Plan {
  const free = me?.roles.includes('dispatcher');
  const made: Plan = { verb, ready: [], wrongState: [], heldByOthers: [], without: 0 };
  for (const warning of warnings) {
    const all = warning.tasks ?? [];
    // Of several tasks of one warning a single act means the main one.
    const tasks = warnings.length === 1 ? [mainTask(warning, me)].filter((task) => task !== undefined) : all.filter((task) => !OVER.has(task.state));
    if (tasks.length === 0) made.without += 1;
    for (const task of tasks) {
      if (!task.allowed.includes(verb)) made.wrongState.push(task);
      else if (task.holder && task.holder !== me?.id && !free) made.heldByOthers.push(task);
      else made.ready.push(task);
    }
  }
  return made;
}

/** Reads a warning again and puts it in its place, without moving any row. */
export async function refreshRow(id: string) {
  const fresh = await data(api.GET('/api/v1/warnings/{id}', { params: { path: { id } } }));
  queryClient.setQueryData(['warnings', 'one', id], fresh);
  queryClient.setQueriesData<{ pages: { warnings: Warning[] }[]; pageParams: unknown[] }>({ queryKey: ['warnings', 'held'] }, (held) =>
    held && {
      ...held,
      pages: held.pages.map((page) => ({ ...page, warnings: page.warnings.map((row) => (row.id === id ? { ...row, ...fresh } : row)) })),
    });
}

/** Carries a plan out, one task after the other. */
export async function carryOut(made: Plan, body: Partial<Schemas['ActBody']>, step: (done: number) => void) {
  const failed: Problem[] = [];
  const after: Task[] = [];
  for (const task of made.ready) {
    try {
      after.push(await act(task, made.verb, body));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.push(error);
    }
    step(after.length + failed.length);
  }
  await Promise.all([...new Set(made.ready.map((task) => task.warning))].map((id) => refreshRow(id).catch(() => {})));
  void queryClient.invalidateQueries({ queryKey: ['warnings', 'count'] });
  return { after, failed };
}
