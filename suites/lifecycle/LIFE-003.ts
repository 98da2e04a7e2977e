/**
 * LIFE-003, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:_Post_invalid_ map_context
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';

const isMaps = (call: CallbackEntered | undefined): boolean =>
  call?.map !== undefined && /^(pre|post)process_/.test(call.callback);

/** LIFE-003: freed memory of a map, and the client table after cleanup, are left alone. */
const watchFreedMemory: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const touched = new Set<number>();
  return inOrder(handlers, {
    'map-gone': () => say.exercised(),
    misuse: (event) => {
      if (event.misuse === 'service-after-cleanup') {
        say.violated(
          event,
          'the client table is not used after the cleanup of its binding',
          event.detail,
        );
      }
      if (event.misuse !== 'use-after-free' || !isMaps(ledger.maker(event.block))) return;
      touched.add(event.call);
      const where = trace.call(event.call)?.callback ?? 'no callback';
      say.violated(
        event,
        'memory of a map is not touched after the provider freed it',
        `${event.detail}, in ${where}; it was allocated for ${ledger.maker(event.block)?.map}`,
      );
    },
    lost: (event) => {
      const expected = `${event.callback} leaves freed memory alone`;
      if (touched.has(event.call)) say.lost(event, expected, 'damage');
      else if (event.callback === 'deferred work') say.lost(event, expected, 'deferral');
    },
  });
};

export const rule: Requirement = {
  id: 'LIFE-003',
  asks:
    'Memory of a map is not touched after the provider freed it, nor the client table after ' +
    'the binding’s cleanup.',
  passing:
    'Freed memory was poisoned and deferred work was run to its end; nothing touched it. Only ' +
    'accesses while the harness watches are seen.',
  look:
    'Timers, work items and lists that still hold the context: are they cancelled or drained ' +
    'before it is freed?',
  watch: watchFreedMemory,
  owns: ['deferred work'],
};
