/**
 * What a run was asked to do, as a numbered script: one operation a line, in the order they began.
 */
import { describeOperation } from './describe.ts';
import type { TraceEvent } from './event.ts';
import { actorNames } from './lanes.ts';
import { unnamed, type Names } from './names.ts';
import type { Plan } from './plan.ts';

/** One step. `number` counts operations over the run, as the events of the trace do. */
export type Step = { number: number; actor: string | null; says: string };

/** Steps as they began in the trace; those of the plan that it does not reach follow. */
export const scriptOf = (
  { actors }: Plan,
  trace: readonly TraceEvent[],
  names: Names = unnamed,
): Step[] => {
  const called = actorNames(trace);
  const isAlone = actors.length === 1;
  const begun = actors.map(() => 0);
  const steps: Step[] = [];
  for (const event of trace) {
    if (event.kind !== 'operation-started') continue;
    const { op, operation, actor } = event;
    if (begun[actor] !== undefined) begun[actor] += 1;
    const says = describeOperation(operation, names, op);
    steps.push({ number: op, actor: isAlone ? null : (called.get(actor) ?? null), says });
  }
  const rest = actors.flatMap(({ caller, operations }, index) =>
    operations.slice(begun[index]).map((operation) => ({
      actor: isAlone ? null : `${caller}#${index + 1}`,
      says: describeOperation(operation),
    })),
  );
  const last = steps.at(-1)?.number ?? 0;
  return [...steps, ...rest.map((step, index) => ({ number: last + index + 1, ...step }))];
};

/** The steps as lines; the one in which it happened is marked. */
export const scriptLines = (
  steps: readonly Step[],
  at: number | null,
  stepsMax: number,
): string[] => {
  const width = String(steps.at(-1)?.number ?? 0).length;
  const actorWidth = Math.max(0, ...steps.map(({ actor }) => actor?.length ?? 0));
  const lines = steps.map(({ number, actor, says }) => {
    const mark = number === at ? '>' : ' ';
    const who = actor === null ? '' : `${actor.padEnd(actorWidth)}  `;
    return `${mark} ${String(number).padStart(width)}  ${who}${says}`;
  });
  if (lines.length <= stepsMax) return lines;
  // The ends matter: how it begins, and what was done last.
  const head = Math.floor(stepsMax / 3);
  const left = lines.length - stepsMax + 1;
  return [...lines.slice(0, head), `  … ${left} more steps`, ...lines.slice(head + left)];
};
