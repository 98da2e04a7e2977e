/**
 * FLAG-007, a MAY for the provider.
 * Source: docs/CustomMaps.md#IRQL Restrictions note; sample_ext.c
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { transforms, when } from '../state/applies.ts';
import { isHelperOnTransforming } from '../state/element-call.ts';
import { isElement } from './element-flags.ts';

/** FLAG-007: what never happens may be refused. */
const watchHelperRefusal: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && isElement(call.callback) && isHelperOnTransforming(call, trace)) say.exercised();
  },
});

export const rule: Requirement = {
  id: 'FLAG-007',
  asks:
    'With updates_original_value, operations with HELPER may be refused: the runtime ' +
    'never issues them.',
  passing: 'Nothing can be broken; the suite issues none itself.',
  look: 'nothing to look at: this is a permission.',
  applies: when(transforms),
  watch: watchHelperRefusal,
};
