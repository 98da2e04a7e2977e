/**
 * CRUD-FIND-007, a SHOULD NOT for the provider.
 * Source: docs/CustomMaps.md#Example: Object Map insert flow; xdp ebpfxskmap.c comment
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import {
  answersLookups,
  createsMaps,
  hasFind,
  hasValues,
  transforms,
  when,
} from '../state/applies.ts';
import { FIND } from '../state/element-call.ts';

/** CRUD-FIND-007: no addresses for users. */
const watchExposure: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    if (
      event.callback !== FIND[0] ||
      event.result !== 'EBPF_SUCCESS' ||
      !trace.call(event.call)?.map
    )
      return;
    say.exercised();
    if (event.exposes === undefined) return;
    say.violated(
      event,
      'lookups show users no kernel pointers and nothing of the internal representation',
      `out_value holds the address of ${event.exposes}`,
    );
  },
});

export const rule: Requirement = {
  id: 'CRUD-FIND-007',
  asks: 'Lookups do not show users kernel pointers or other internals.',
  passing:
    'No value shown to users held the address of memory or of an object of the provider; ' +
    'other internals nobody can recognise from outside.',
  look: 'postprocess_map_find_element: does it copy the stored representation instead of what users gave?',
  applies: when(transforms, hasFind, createsMaps, hasValues, answersLookups),
  watch: watchExposure,
};
