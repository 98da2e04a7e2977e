/**
 * CRE-010, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Creation; include/ebpf_extension.h:
 */
import type {
  CallbackEntered,
  EventOf,
  Requirement,
  TraceView,
  Reporter,
  Watch,
} from '../../harness/index.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';
import { argumentsOf } from './accepted-sizes.ts';
import { create, isProvoked } from './creations.ts';

/** More failed creations than this with memory left behind are no cache that fills up. */
const cachedCreationsMax = 3;

/** CRE-010: a failed create leaves nothing allocated. */
const watchFailedCreate: Watch = (say, trace) => {
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
  return inOrder(again.handlers, {
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

/**
 * A creation that failed for want of memory and was asked for again, with no more maps beside it
 * and memory enough.
 */
class CreatedAgain {
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly starved = new Set<number>();
  /** Maps that lived when the creation of such arguments failed. */
  private readonly failed = new Map<string, number>();
  private live = 0;

  constructor(say: Reporter, trace: TraceView) {
    this.say = say;
    this.trace = trace;
  }

  readonly handlers = {
    'allocation-failed': (event: EventOf<'allocation-failed'>): void =>
      void this.starved.add(event.call),
    lost: (event: EventOf<'lost'>): void => {
      if (event.callback !== create || !this.starved.has(event.call)) return;
      const expected = 'a preprocess_map_create that finds no memory fails or goes on without';
      this.say.lost(event, expected, 'allocation');
    },
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

export const rule: Requirement = {
  id: 'CRE-010',
  asks: 'A failed create releases everything it allocated.',
  passing:
    'No block and no object reference of a create provoked to fail was left at unload, nor did ' +
    'they pile up before.',
  look: 'preprocess_map_create: does every early return free what came before it?',
  watch: watchFailedCreate,
  isSwept: true,
};
