/**
 * CRE-004, a MUST for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create; docs/CustomMaps.md#Provider
 * Properties
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { byData, when } from '../state/applies.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { create } from './creations.ts';

/** CRE-004: without a transformation the stored size is the user's size. */
const watchSameSize: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || event.result !== 'EBPF_SUCCESS' || !call) return;
      if (registrations.transforms(call.registration, trace)) return;
      if (typeof event.actual_value_size !== 'number') return;
      say.exercised();
      if (event.actual_value_size === call.create_value_size) return;
      say.violated(
        event,
        '*actual_value_size equal to value_size, as updates_original_value is false',
        `value_size ${call.create_value_size} and *actual_value_size ${event.actual_value_size}`,
      );
    },
  });
};

const storesAsGiven = byData(({ registrations, profile }) => {
  const told = registrations.map((one) => one.data?.base_properties?.updates_original_value);
  return told.length > 0 ? told.includes(false) : !profile.updatesOriginalValue;
}, 'updates_original_value is true');

export const rule: Requirement = {
  id: 'CRE-004',
  asks: 'When updates_original_value is false, *actual_value_size equals value_size.',
  passing: 'It did for every accepted size that was tried.',
  look: 'preprocess_map_create: no rounding up, no room for private data in the stored value.',
  applies: when(storesAsGiven),
  watch: watchSameSize,
};
