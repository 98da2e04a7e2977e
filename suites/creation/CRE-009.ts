/**
 * CRE-009, a MUST NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create (Done)
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { HARMFUL } from '../state/block-ledger.ts';
import { argumentsOf } from './accepted-sizes.ts';
import { create, isProvoked } from './creations.ts';

/** CRE-009: a context that a failed create left behind can be handed to postprocess_map_delete. */
const watchContextAfterFailure: Watch = (say, trace) => {
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

export const rule: Requirement = {
  id: 'CRE-009',
  asks: 'A failed create leaves *map_context NULL, or something that postprocess_map_delete copes with.',
  passing:
    'Creates provoked to fail by sizes, type and failing allocations left NULL, or the delete ' +
    'that the shipped runtime then makes was harmless.',
  look: 'preprocess_map_create: is *map_context written before the last thing that can fail?',
  watch: watchContextAfterFailure,
};
