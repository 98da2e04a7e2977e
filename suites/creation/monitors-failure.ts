/** Monitors of creations that fail: what is left behind, and which code they answer with. */
import type { CallbackEntered, EventOf, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { amount, byMaker, HARMFUL } from '../block-ledger.ts';
import { registrationsOf } from '../registration-facts.ts';
import { together } from '../together.ts';
import { argumentsOf, hasZero, standingOf } from './accepted-sizes.ts';

const create = 'preprocess_map_create';
/** More failed creations than this with memory left behind are no cache that fills up. */
const cachedCreationsMax = 3;

const isBad = (call: CallbackEntered, trace: TraceView): boolean =>
  hasZero(call) || ['unsupported', 'absurd', 'refused'].includes(standingOf(trace.subject, call));

/** Creations that the harness meant to fail, whether the provider refuses them or not. */
const isProvoked = (call: CallbackEntered, trace: TraceView): boolean =>
  isBad(call, trace) ||
  (call.create_value_size ?? 0) >= 0x7fff_ffff ||
  call.map_type !== trace.subject.profile.mapType;

/** CRE-009: a context that a failed create left behind can be handed to postprocess_map_delete. */
export const watchContextAfterFailure: Watch = (say, trace) => {
  const left = new Map<number, { context: string; of: CallbackEntered }>();
  const deletes = new Map<number, CallbackEntered>();
  const expected =
    'postprocess_map_delete copes with the *map_context that a failed preprocess_map_create left';
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call) return;
      left.delete(call.op);
      if (event.result === 'EBPF_SUCCESS') {
        if (isProvoked(call, trace)) say.exercised();
      } else if (event.context === null || event.context === undefined) say.exercised();
      else left.set(call.op, { context: event.context, of: call });
    },
    'callback-entered': (event) => {
      const found = left.get(event.op);
      if (event.callback !== 'postprocess_map_delete' || !found || found.context !== event.context)
        return;
      say.exercised();
      left.delete(event.op);
      deletes.set(event.call, found.of);
    },
    misuse: (event) => {
      const failed = deletes.get(event.call);
      if (!failed || !HARMFUL.includes(event.misuse)) return;
      say.violated(
        event,
        expected,
        `${event.detail}, in the postprocess_map_delete after a create that failed (${argumentsOf(failed)})`,
      );
    },
    lost: (event) => {
      if (deletes.has(event.call)) say.lost(event, expected);
    },
  };
};

/** CRE-010: a failed create leaves nothing allocated. */
export const watchFailedCreate: Watch = (say, trace) => {
  const failed = new Map<number, EventOf<'callback-returned'>>();
  let provoked = 0;
  const report = (event: EventOf<'balance'>, least: number, when: string): void => {
    const { balance } = event;
    // Several references to one object look alike: only at the very end is one left for sure.
    const told = event.why === 'unloaded' ? balance : { ...balance, objects: [] };
    const left = [...byMaker(told)].filter(([call]) => failed.has(call));
    if (left.length < least) return;
    for (const [call, sum] of left.slice(0, 1)) {
      const made = trace.call(call);
      say.violated(
        event,
        'a preprocess_map_create that fails releases everything it allocated',
        `${amount(sum)} of the create that answered ${failed.get(call)?.result} ` +
          `(${made ? argumentsOf(made) : ''}) ${when}` +
          (left.length > 1 ? `, and so on for ${left.length} failed creates` : ''),
      );
    }
  };
  const again = new CreatedAgain(say, trace);
  return together(again.handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call) return;
      if (event.result !== 'EBPF_SUCCESS') failed.set(event.call, event);
      if (event.result !== 'EBPF_SUCCESS' || isProvoked(call, trace)) provoked += 1;
    },
    balance: (event: EventOf<'balance'>) => {
      if (event.why === 'unloaded') {
        say.exercised(provoked);
        report(event, 1, 'is still there after unload');
      } else if (event.why === 'asked') {
        report(event, cachedCreationsMax + 1, 'is still there after all deferred work was done');
      }
    },
  });
};

/** A creation that failed for want of memory and was asked for again, with no more maps beside it and memory enough. */
class CreatedAgain {
  private readonly say: Verdicts;
  private readonly trace: TraceView;
  private readonly starved = new Set<number>();
  /** Maps that lived when the creation of such arguments failed. */
  private readonly failed = new Map<string, number>();
  private live = 0;

  constructor(say: Verdicts, trace: TraceView) {
    this.say = say;
    this.trace = trace;
  }

  readonly handlers = {
    'allocation-failed': (event: EventOf<'allocation-failed'>): void =>
      void this.starved.add(event.call),
    'callback-returned': (event: EventOf<'callback-returned'>): void => {
      const call = this.trace.call(event.call);
      if (!call) return;
      if (event.callback === 'postprocess_map_delete') this.live -= 1;
      if (event.callback === create) this.created(event, call);
    },
  };

  private created(event: EventOf<'callback-returned'>, call: CallbackEntered): void {
    const name = argumentsOf(call);
    const isStarved = this.starved.has(event.call);
    const lived = this.failed.get(name);
    if (event.result === 'EBPF_SUCCESS') {
      this.live += 1;
      this.failed.delete(name);
    } else if (isStarved && !isProvoked(call, this.trace)) this.failed.set(name, this.live);
    else if (!isStarved && lived !== undefined && this.live <= lived) {
      this.say.violated(
        event,
        'a preprocess_map_create that fails for want of memory leaves nothing behind: once there ' +
          'is memory, the same is created',
        `it answered ${event.result} again (${name}), though no allocation failed`,
      );
    }
  }
}

/** CRE-011: NO_MEMORY for want of memory, INVALID_ARGUMENT for bad parameters. */
export const watchFailureCode: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const starved = new Set<number>();
  const isOwnType = (call: CallbackEntered): boolean =>
    [...registrations.facts.values()].some((facts) => facts.data?.map_type === call.map_type);
  return together(handlers, {
    'allocation-failed': (event) => void starved.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      const { result } = event;
      if (event.callback !== create || !call || result === 'EBPF_SUCCESS') return;
      const bad = isOwnType(call) && isBad(call, trace);
      const starving = starved.has(event.call);
      if (!bad && !starving) return;
      say.exercised();
      if (starving && result !== 'EBPF_NO_MEMORY' && !(bad && result === 'EBPF_INVALID_ARGUMENT')) {
        say.violated(
          event,
          'EBPF_NO_MEMORY from a preprocess_map_create whose allocation fails',
          `it answered ${result}`,
        );
      } else if (!starving && result !== 'EBPF_INVALID_ARGUMENT') {
        say.violated(
          event,
          'EBPF_INVALID_ARGUMENT from preprocess_map_create for bad parameters',
          `it answered ${result} to ${argumentsOf(call)}`,
        );
      }
    },
  });
};
