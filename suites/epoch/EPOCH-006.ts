/**
 * EPOCH-006, a MUST for the provider.
 * Source: include/ebpf_extension.h:_Ret_writes_maybenull_
 */
import type { EventOf, Requirement, TraceView, Reporter, Watch } from '../../harness/index.ts';
import { HARMFUL } from '../state/block-ledger.ts';
import { WILD, where } from './misuse-rules.ts';

/** EPOCH-006: NULL from the allocator is an answer like any other. */
const watchFailedAllocation: Watch = (say, trace) => {
  const faultless =
    'a NULL from epoch_allocate_* is handled: the callback reports failure and nothing follows the pointer';
  const clean = 'a callback in which an allocation fails gives back what it had got before';
  const failed = new Set<number>();
  /** Calls in which pool memory was wanting: of their own loss other rules speak. */
  const starved = new Set<number>();
  let asked = 0;
  return {
    allocated: (event) => {
      if (event.memory !== 'pool') asked += 1;
    },
    'allocation-failed': (event) => {
      if (event.memory === 'pool') {
        starved.add(event.call);
        return;
      }
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
      const isLater = starved.size > 0 && !starved.has(event.call);
      if (failed.size > 0 || isLater) say.lost(event, faultless, 'allocation');
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
  say: Reporter,
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

export const rule: Requirement = {
  id: 'EPOCH-006',
  asks: 'NULL from epoch_allocate_* is handled without fault or leak.',
  passing:
    'Allocations were made to fail one by one: no crash, no bad access, and nothing left ' +
    'behind by the calls in which they failed.',
  look: 'The error paths of preprocess_map_create, preprocess_map_update_element and attach.',
  watch: watchFailedAllocation,
  isSwept: true,
};
