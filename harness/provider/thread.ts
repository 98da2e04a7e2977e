/** On whose behalf code runs now: an actor of the plan or the runtime's worker. */
import type { Caller } from '../trace/plan.ts';

/** An epoch that the provider entered itself. */
export type EnteredEpoch = { state: bigint; sequence: number; irql: number; call: number };

/** State of one actor, as a kernel thread would have it. */
export type Thread = {
  actor: number;
  caller: Caller;
  /** Process mark: 1 and 2 are user processes, 0 is none (a worker). */
  process: number;
  irql: number;
  /** IRQL at which the innermost call into the subject began. */
  entryIrql: number;
  /** Runtime locks held. */
  locks: number;
  /** Calls into the subject that have not returned, innermost last. */
  calls: number[];
  /** Sequence numbers of epochs that the runtime entered for this thread. */
  runtimeEpochs: number[];
  entered: EnteredEpoch[];
  /** Operation being carried out; 0 for deferred work. */
  op: number;
  /** Spin locks (of the subject) held, for recursion checks. */
  spinLocks: bigint[];
};

export const newThread = (actor: number, caller: Caller, process: number): Thread => ({
  actor,
  caller,
  process,
  irql: 0,
  entryIrql: 0,
  locks: 0,
  calls: [],
  runtimeEpochs: [],
  entered: [],
  op: 0,
  spinLocks: [],
});
