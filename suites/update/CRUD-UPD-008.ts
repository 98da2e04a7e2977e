/**
 * CRUD-UPD-008, a MUST for the provider.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_update_element_t notes;
 * libs/execution_context/ebpf_maps.c:goto Exit
 */
import type { EventOf, Requirement, TraceView, Reporter, Watch } from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { DELETES, UPDATES, isOrdinary } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { eachRefusal, isUpdate } from './refusals.ts';
import { evidence, updates } from './conditions.ts';

/** CRUD-UPD-008: a refused update holds nothing. */
const watchRefusedUpdate: Watch = (say, trace) =>
  inOrder(
    watchLedger(
      ['failed-update'],
      'an update that failed holds no resource: no delete callback will follow',
    )(say, trace),
    eachRefusal(() => undefined)(say, trace),
    updatedAgain(say, trace),
  );

/**
 * An update that failed for want of memory and was asked for again, with no more values held and
 * memory enough.
 */
const updatedAgain = (say: Reporter, trace: TraceView) => {
  const starved = new Set<number>();
  /** Values held when the update of such a key and value failed. */
  const failed = new Map<string, number>();
  let held = 0;
  return {
    'allocation-failed': (event: EventOf<'allocation-failed'>) => void starved.add(event.call),
    lost: (event: EventOf<'lost'>) => {
      if (event.callback !== UPDATES[0] || !starved.has(event.call)) return;
      say.lost(event, 'an update that finds no memory fails or goes on without', 'allocation');
    },
    'callback-returned': (event: EventOf<'callback-returned'>) => {
      const call = trace.call(event.call);
      if (!call) return;
      if ((DELETES as readonly string[]).includes(event.callback)) held -= 1;
      if (!isUpdate(event) || !isOrdinary(call, trace)) return;
      const name = `${call.map} ${call.key} ${call.value}`;
      const before = failed.get(name);
      if (event.result === 'EBPF_SUCCESS') {
        held += 1;
        failed.delete(name);
      } else if (starved.has(event.call)) failed.set(name, held);
      else if (before !== undefined && held <= before) {
        say.violated(
          event,
          'an update that failed for want of memory leaves nothing behind: once there is memory, ' +
            'the same is accepted',
          `the update of the same key and value answered ${event.result} again, though no allocation failed`,
        );
      }
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-UPD-008',
  asks: 'An update that fails holds nothing: no delete callback will follow it.',
  passing:
    `Refused updates (invalid values, failed allocations, short values) left nothing ` +
    `behind. ${evidence}`,
  look: 'preprocess_map_update_element: are the allocations and references of its error paths undone?',
  applies: updates,
  watch: watchRefusedUpdate,
  isSwept: true,
};
