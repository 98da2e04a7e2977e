/**
 * The one place where crossings into the subject are observed: every entry point is called through
 * here, so every call is numbered, recorded before and after, and its IRQL, epochs and buffers are
 * checked on return.
 */
import type { CallbackName } from '../abi/callbacks.ts';
import type { CallbackEntered, CallbackReturned } from '../trace/event.ts';
import type { Recorder } from '../trace/recorder.ts';
import { historyOf } from '../trace/block-history.ts';
import type { Loss, Outcome } from './port.ts';
import type { Thread } from './thread.ts';

/**
 * The run cannot go on: the subject is lost, or a bound is reached. Never blamed on the harness.
 */
export class RunEnded extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RunEnded';
  }
}

/** What is recorded about a call before it starts. */
export type CallFacts = Omit<
  CallbackEntered,
  'kind' | 'call' | 'op' | 'within' | 'irql' | 'process' | 'locks' | 'in_epoch'
> & { in_epoch?: boolean };

/** What is recorded of a call after it came back, made from the outcome. */
export type ReturnFacts = Partial<
  Omit<
    CallbackReturned,
    'kind' | 'call' | 'callback' | 'result' | 'irql' | 'epoch_depth' | 'damage'
  >
>;

/** Marks which call runs, so that a process that dies can be asked in which call it was. */
export type CallMarker = {
  enter: (call: number, op: number, callback: CallbackName) => void;
  leave: () => void;
};

export class Crossing {
  /** Calls made so far; also the number of the last call. */
  calls = 0;
  /** Set when the run is over; every further crossing throws. */
  ended: RunEnded | null = null;
  private readonly recorder: Recorder;
  private readonly marker: CallMarker | null;
  private readonly callsMax: number;
  /** Callbacks before which the run ends: the subject was lost in them too often. */
  avoid: ReadonlySet<string> = new Set();
  /** What the running call is, by call number (only calls in flight). */
  readonly inFlight = new Map<number, CallbackName>();
  /** Runs after each return, before it is recorded: closes epochs, checks the ledger. */
  onReturn: (call: number, thread: Thread) => number = () => 0;

  constructor(recorder: Recorder, callsMax: number, marker: CallMarker | null = null) {
    this.recorder = recorder;
    this.callsMax = callsMax;
    this.marker = marker;
  }

  /**
   * Calls the subject. Records entry and return; a loss ends the run. `describe` turns the outcome
   * into what the trace keeps. Throws RunEnded when the subject was lost.
   */
  call<O extends Outcome>(
    thread: Thread,
    facts: CallFacts,
    invoke: () => O,
    describe: (outcome: O) => ReturnFacts = () => ({}),
  ): O {
    if (this.ended) throw this.ended;
    if (this.calls >= this.callsMax) this.end('callsMax', this.callsMax);
    const { callback } = facts;
    if (this.avoid.has(callback)) this.end(`avoided ${callback}`, 0);
    const call = (this.calls += 1);
    const irql = thread.irql;
    this.recorder.actor = thread.actor;
    this.recorder.record({
      kind: 'callback-entered',
      ...facts,
      call,
      op: thread.op,
      within: thread.calls.at(-1) ?? 0,
      irql,
      process: thread.process,
      locks: thread.locks,
      in_epoch: facts.in_epoch ?? thread.runtimeEpochs.length > 0,
    });
    this.marker?.enter(call, thread.op, callback);
    thread.calls.push(call);
    const outerIrql = thread.entryIrql;
    thread.entryIrql = irql;
    this.inFlight.set(call, callback);
    const outcome = invoke();
    this.marker?.leave();
    // A nested call may have ended the run while this frame of the subject was still on the stack.
    if (this.ended) throw this.ended;
    thread.calls.pop();
    thread.entryIrql = outerIrql;
    this.inFlight.delete(call);
    this.recorder.actor = thread.actor;
    if (outcome.lost) {
      this.lose(thread, call, callback, outcome.lost);
    }
    const epoch_depth = this.onReturn(call, thread);
    this.recorder.record({
      kind: 'callback-returned',
      call,
      callback,
      result: outcome.result,
      irql: thread.irql,
      epoch_depth,
      damage: outcome.damage,
      ...describe(outcome),
    });
    thread.irql = irql;
    return outcome;
  }

  /** The subject did not come back from `call`: records it and ends the run. Throws. */
  lose(
    thread: Thread,
    call: number,
    callback: CallbackName,
    lost: Loss,
    during: string | null = null,
  ): never {
    // An access that was refused is in the trace just before the exception that it became.
    const last = this.recorder.events.at(-1);
    const named = last?.kind === 'misuse' && last.call === call ? last.block : undefined;
    const block = named === undefined ? null : historyOf(this.recorder.events, named, null);
    const loss = { ...lost, ...(block ? { block } : {}) };
    this.recorder.record({ kind: 'lost', call, callback, ...loss, op: thread.op, during });
    this.ended = new RunEnded(`${lost.how} in ${callback}`);
    throw this.ended;
  }

  /** A named bound is reached. Throws. */
  end(bound: string, limit: number): never {
    this.recorder.record({ kind: 'bound-reached', bound, limit });
    this.ended = new RunEnded(`${bound} = ${limit}`);
    throw this.ended;
  }
}
