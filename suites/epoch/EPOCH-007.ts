/**
 * EPOCH-007, a SHOULD NOT for the provider.
 * Source: include/ebpf_extension.h:ebpf_epoch_allocate_with_tag_t; libs/runtime/ebpf_epoch.c
 * (assert size)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { valueHistory } from '../state/value-history.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { WILD, where } from './misuse-rules.ts';

/** EPOCH-007: fresh memory holds anything; an allocation of nothing is an error in any case. */
const watchFreshMemory: Watch = (say, trace) => {
  const fresh = 'nothing is expected of fresh memory: what a callback reads it has written before';
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
  return inOrder(watched, handlers, {
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
      // Sizes of these plans are known to be accepted when memory is zeroed. Of keys and values
      // that is not known: a provider may refuse by either (CRE-021).
      if (event.callback !== 'preprocess_map_create' || event.result === 'EBPF_SUCCESS') return;
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

export const rule: Requirement = {
  id: 'EPOCH-007',
  asks: 'Allocated memory is not taken to be zeroed, and never asked for with size 0.',
  passing: 'Runs in which fresh memory was full of garbage went as those with zeroed memory do.',
  look: 'Members of fresh structures that are read before they are set.',
  watch: watchFreshMemory,
};
