/**
 * CRUD-UPD-005, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Add/Update Element
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { createsMaps, hasUpdate, hasValues, storesAsGiven, when } from '../state/applies.ts';
import { UPDATES, isNamed, isOrdinary, isReadBeyond, lostCall } from '../state/element-call.ts';
import { isUpdate } from './refusals.ts';

/** CRUD-UPD-005: out_value is NULL where values are stored as given. */
const watchNullOut: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && isUpdate(event) && (call.out_size ?? null) === null) say.exercised();
  },
  lost: (event) => {
    const call = lostCall(trace, event, UPDATES);
    if (
      !call ||
      event.how === 'hang' ||
      !isOrdinary(call, trace) ||
      (call.out_size ?? null) !== null
    )
      return;
    if (!isReadBeyond(event) && !isNamed(event))
      say.lost(event, 'update leaves out_value alone when it is NULL with size 0', 'out');
  },
});

export const rule: Requirement = {
  id: 'CRUD-UPD-005',
  asks: 'Without updates_original_value, out_value is NULL with size 0 and is not followed.',
  passing: 'Updates with out_value NULL came back.',
  look: 'preprocess_map_update_element: is out_value used without a check for NULL?',
  applies: when(storesAsGiven, hasUpdate, createsMaps, hasValues),
  watch: watchNullOut,
  owns: [{ in: 'preprocess_map_update_element', where: storesAsGiven }],
};
