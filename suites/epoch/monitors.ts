/** Monitors of epochs and epoch memory, one per rule that binds the provider. */
import type { EventOf, Misuse, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { HARMFUL, ledgerOf } from '../block-ledger.ts';
import { together } from '../together.ts';
import { valueHistory } from '../value-history.ts';
import { valueLedger } from '../value-ledger.ts';

const where = (trace: TraceView, event: EventOf<'misuse'>): string =>
  trace.call(event.call)?.callback ?? 'no callback';

/** What comes of following a pointer that nobody has set. */
const WILD: readonly Misuse[] = ['null-access', 'bad-access', 'out-of-bounds', 'free-foreign'];

/** A rule that is broken by certain misuses, and put to the test by every call that comes back. */
const byMisuse =
  (expected: string, misuses: readonly Misuse[]): Watch =>
  (say, trace) => {
    const guilty = new Set<number>();
    return {
      'callback-returned': () => say.exercised(),
      misuse: (event) => {
        if (!misuses.includes(event.misuse)) return;
        guilty.add(event.call);
        say.violated(event, expected, `${event.detail} (in ${where(trace, event)})`);
      },
      lost: (event) => {
        if (event.call > 0 && guilty.has(event.call)) say.lost(event, expected);
      },
    };
  };

/** EPOCH-001: epoch memory is asked for and given back inside an epoch only. */
export const watchProtected: Watch = byMisuse(
  'epoch memory is allocated and freed in callbacks and helpers, or between epoch_enter and epoch_exit',
  ['allocate-outside-epoch', 'free-outside-epoch'],
);

/** EPOCH-002: every enter has its exit. */
export const watchPairs: Watch = byMisuse(
  'every epoch_enter has one epoch_exit with the same state, inner epochs left first, before the call returns',
  ['epoch-left-open', 'epoch-exit-unmatched', 'epoch-state-foreign'],
);

/** EPOCH-003: the state belongs to the runtime while the epoch lasts. */
export const watchState: Watch = byMisuse(
  'the epoch state is 32 bytes of writable memory that nobody else uses until epoch_exit',
  ['epoch-state-small', 'epoch-state-changed'],
);

/** EPOCH-004: given back once, by the function that matches. */
export const watchFrees: Watch = byMisuse(
  'memory is given back once, by the function that matches its allocation',
  ['free-twice', 'free-wrong-kind', 'free-foreign'],
);

/** EPOCH-012: an epoch ends at the IRQL it began at, and nothing that needs it to end is waited for inside. */
export const watchIrqlOfEpoch: Watch = byMisuse(
  'an epoch is left at the IRQL at which it was entered, and nothing is waited for inside that needs it to end',
  ['epoch-irql', 'wait-in-epoch'],
);

/** EPOCH-006: NULL from the allocator is an answer like any other. */
export const watchFailedAllocation: Watch = (say, trace) => {
  const faultless =
    'a NULL from epoch_allocate_* is handled: the callback reports failure and nothing follows the pointer';
  const clean = 'a callback in which an allocation fails gives back what it had got before';
  const failed = new Set<number>();
  let asked = 0;
  return {
    allocated: (event) => {
      if (event.memory !== 'pool') asked += 1;
    },
    'allocation-failed': (event) => {
      if (event.memory === 'pool') return;
      asked += 1;
      failed.add(event.call);
      say.exercised();
    },
    misuse: (event) => {
      const isFollowed = failed.size > 0 && WILD.includes(event.misuse);
      if (!isFollowed && !(failed.has(event.call) && HARMFUL.includes(event.misuse))) return;
      say.violated(
        event,
        faultless,
        `after an allocation had failed: ${event.detail} (in ${where(trace, event)})`,
      );
    },
    lost: (event) => {
      if (failed.size > 0) say.lost(event, faultless, 'allocation');
    },
    balance: (event) => {
      if (event.why === 'unloaded') leaksOf(say, trace, event, failed, clean);
    },
    end: () => {
      // A provider that never asks for epoch memory has no NULL to handle.
      if (trace.conditions.fail_allocation !== undefined && asked === 0) say.exercised();
    },
  };
};

const leaksOf = (
  say: Verdicts,
  trace: TraceView,
  event: EventOf<'balance'>,
  failed: ReadonlySet<number>,
  expected: string,
): void => {
  const left = [...event.balance.blocks, ...event.balance.objects].filter(({ call }) =>
    failed.has(call),
  );
  for (const thing of left) {
    const what =
      'block' in thing
        ? `${thing.block} (${thing.size} bytes, ${thing.kind})`
        : `a reference to ${thing.object}`;
    const callback = trace.call(thing.call)?.callback ?? 'a call';
    say.violated(
      event,
      expected,
      `${what}, got in ${callback} before an allocation of it failed, is still there after unload`,
    );
  }
};

/** EPOCH-007: fresh memory holds anything; an allocation of nothing is an error in any case. */
export const watchFreshMemory: Watch = (say, trace) => {
  const fresh = 'nothing is expected of fresh memory: what a callback reads it has written before';
  const creations = new Set(['preprocess_map_create', 'preprocess_map_update_element']);
  /** A value may be refused for being in use already, unless the provider allows that. */
  const isInUse = (event: { call: number; callback: string }): boolean =>
    event.callback === 'preprocess_map_update_element' &&
    trace.subject.profile.duplicatesAllowed !== true &&
    book.isStored(trace.call(event.call)?.value ?? '');
  let calls = 0;
  const { book, handlers } = valueLedger(trace);
  const { book: history, handlers: watched } = valueHistory(trace);
  let suspected = 0;
  const lookAtValues = (at: { seq: number }): void => {
    if (!trace.conditions.garbage) return;
    const [first] = [...book.suspicions, ...history.suspicions].slice(suspected);
    suspected = book.suspicions.length + history.suspicions.length;
    if (first) say.violated(at, fresh, `with garbage in fresh memory: ${first.saw}`);
  };
  return together(watched, handlers, {
    'operation-ended': lookAtValues,
    balance: (event) => {
      lookAtValues(event);
      const [block] = event.balance.blocks;
      if (!trace.conditions.garbage || event.why !== 'unloaded' || !block) return;
      say.violated(
        event,
        fresh,
        `with garbage in fresh memory: ${block.block} (${block.size} bytes) is still there after unload`,
      );
    },
    'callback-returned': (event) => {
      if (!trace.conditions.garbage) return;
      calls += 1;
      // Sizes and values of these plans are known to be accepted when memory is zeroed.
      if (!creations.has(event.callback) || event.result === 'EBPF_SUCCESS') return;
      if (isInUse(event)) return;
      // A provider may be full (CRE-021): that is no matter of what memory holds.
      const isFull = event.result === 'EBPF_NO_MEMORY' || event.result === 'EBPF_OUT_OF_SPACE';
      if (isFull && event.callback === 'preprocess_map_update_element') return;
      say.violated(
        event,
        fresh,
        `${event.callback} answered ${event.result} when memory was handed out with garbage in it`,
      );
    },
    misuse: (event) => {
      if (event.misuse === 'allocate-size-zero') {
        say.violated(event, 'allocations ask for at least one byte', event.detail);
      } else if (trace.conditions.garbage && WILD.includes(event.misuse)) {
        say.violated(
          event,
          fresh,
          `with garbage in fresh memory: ${event.detail} (in ${where(trace, event)})`,
        );
      }
    },
    lost: (event) => {
      if (trace.conditions.garbage) say.lost(event, fresh, 'condition');
    },
    end: () => {
      if (trace.conditions.garbage && calls > 0) say.exercised();
    },
  });
};

/** EPOCH-009: nothing of the epoch allocator's outlives the bindings. */
export const watchBalance: Watch = (say, trace) => {
  const failed = new Set<number>();
  const { handlers } = ledgerOf(trace);
  return together(handlers, {
    'allocation-failed': (event) => void failed.add(event.call),
    balance: (event) => {
      if (event.why !== 'unloaded') return;
      say.exercised();
      for (const block of event.balance.blocks) {
        // What a failed allocation leaves behind is EPOCH-006.
        if (block.kind === 'pool' || failed.has(block.call)) continue;
        const callback = trace.call(block.call)?.callback;
        say.violated(
          event,
          'all epoch memory is given back by the time the bindings are gone',
          `${block.block} (${block.size} bytes), allocated ` +
            `${callback ? `in ${callback}` : 'outside any callback'}, is still there after unload`,
        );
      }
    },
  });
};
