/**
 * CRE-015, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { create } from './creations.ts';

/** CRE-015: a size that does not fit makes the creation fail. */
const watchSizeChecked: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const bad = new Map<string, number>();
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || call.direct || event.result !== 'EBPF_SUCCESS')
        return;
      const size = event.actual_value_size;
      if (typeof size !== 'number' || call.map === undefined) return;
      const fits =
        registrations.transforms(call.registration, trace) || size === call.create_value_size;
      if (size !== 0 && fits) return;
      bad.set(call.map, size);
      say.exercised();
    },
    'map-created': (event) => {
      const size = bad.get(event.map);
      if (size === undefined) return;
      say.violated(
        event,
        'creation fails when *actual_value_size does not fit',
        `${event.map} was created with value_size ${event.value_size} and *actual_value_size ${size}`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-015',
  asks:
    'Creation fails when the provider reports an actual_value_size of zero, or one that ' +
    'differs without a transformation.',
  passing: 'No map came to be with such a size.',
  look: 'The checks after preprocess_map_create.',
  watch: watchSizeChecked,
};
