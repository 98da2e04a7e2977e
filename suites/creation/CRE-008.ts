/**
 * CRE-008, a SHOULD for the provider.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_create_t (map_type parameter);
 * sample_ext.c:_sample_map_create
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { create } from './creations.ts';

/** CRE-008: a map type that the provider did not register is refused. */
const watchForeignType: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const isForeign = (call: CallbackEntered): boolean =>
    call.map_type !== undefined &&
    ![...registrations.facts.values()].some((facts) => facts.data?.map_type === call.map_type);
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || !isForeign(call)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      say.violated(
        event,
        'preprocess_map_create refuses a map_type that the provider did not register',
        `map_type ${call.map_type} was accepted`,
      );
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || !isForeign(call)) return;
      say.lost(event, `preprocess_map_create refuses map_type ${call.map_type}`);
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-008',
  asks: 'A map_type other than those the provider registered is refused.',
  passing: 'A direct create with other ids failed, with whatever code.',
  look: 'preprocess_map_create: is map_type compared with the registered one?',
  watch: watchForeignType,
};
