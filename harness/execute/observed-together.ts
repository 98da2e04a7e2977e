/** Operations that threads of the observer carry out at the same time, told by its records. */
import type { ObserverRecord, TogetherOperation } from '../adapters/observer-layout.ts';
import { readResult } from '../abi/result.ts';
import type { Actor, Operation } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import type { Answer } from './answer.ts';
import type { Situation } from './observed-arguments.ts';
import type { TogetherTurn } from './observed-events.ts';
import { requestOf, type Slot } from './observed-operations.ts';
import type { Placed } from './turns.ts';

/** What a run does for an operation that a thread of the observer carries out. */
export type ThreadsRun = {
  begin: (operation: Operation, by: Pick<Actor, 'caller' | 'process'>, actor: number) => Situation;
  /** A creation came back. */
  made: (
    now: Situation,
    operation: Extract<Operation, { op: 'create' }>,
    answer: { result: string; map: bigint },
  ) => Answer;
  end: (now: Situation, operation: Operation, answer: Answer) => void;
};

/** What the observer is asked for, and how each record of it is told. */
export const turnsOf = (
  together: readonly Placed[],
  slotOf: (map: unknown) => Slot | undefined,
  run: ThreadsRun,
): { asked: TogetherOperation[]; turns: TogetherTurn[] } => {
  const asked: TogetherOperation[] = [];
  const turns: TogetherTurn[] = [];
  for (const placed of together) {
    const { operation, actor, index } = placed;
    const slot = 'map' in operation ? slotOf(operation.map) : undefined;
    const request = slot && requestOf(operation, actor, slot, index);
    if (!request) continue;
    asked.push(request);
    turns.push(turnOf(placed, request, run));
  }
  return { asked, turns };
};

const turnOf = (
  { operation, actor, index }: Placed,
  request: TogetherOperation,
  run: ThreadsRun,
): TogetherTurn => {
  let now: Situation | null = null;
  return {
    start: () => (now = run.begin(operation, actor, index)),
    end: (record: ObserverRecord) => {
      if (!now) return;
      run.end(now, operation, {
        result: readResult(record.result) ?? 'not a result',
        ...(operation.op === 'update' ? { given: toHex(request.value) } : {}),
        ...(record.out_after && record.result === 0 ? { out: toHex(record.out_after) } : {}),
      });
    },
  };
};
