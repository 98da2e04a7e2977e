/**
 * CRUD-FIND-004, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Find Element
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, hasFind, hasValues, storesAsGiven, when } from '../state/applies.ts';
import { FIND, isNamed, isOrdinary, isReadBeyond, lostCall } from '../state/element-call.ts';

/** CRUD-FIND-004: out_value is NULL where values are stored as given. */
const watchNullOut: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && event.callback === FIND[0] && (call.out_size ?? null) === null) say.exercised();
  },
  lost: (event) => {
    const call = lostCall(trace, event, FIND);
    if (
      !call ||
      event.how === 'hang' ||
      !isOrdinary(call, trace) ||
      (call.out_size ?? null) !== null
    )
      return;
    if (!isReadBeyond(event) && !isNamed(event))
      say.lost(event, 'find leaves out_value alone when it is NULL with size 0', 'out');
  },
});

export const rule: Requirement = {
  id: 'CRUD-FIND-004',
  asks: 'Without updates_original_value, out_value is NULL with size 0 and is not followed.',
  passing: 'Lookups with out_value NULL came back.',
  look: 'postprocess_map_find_element: is out_value used without a check for NULL?',
  applies: when(storesAsGiven, hasFind, createsMaps, hasValues),
  watch: watchNullOut,
  owns: [{ in: 'postprocess_map_find_element', where: storesAsGiven }],
};
