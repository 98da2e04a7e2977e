/**
 * CRE-002, a MUST for the runtime.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_create_t
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { create } from './creations.ts';

/** CRE-002: what the caller declared arrives unchanged. */
const watchArguments: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  return inOrder(handlers, {
    'callback-entered': (event) => {
      if (event.callback !== create || event.direct) return;
      const operation = trace.operation(event.op)?.operation;
      if (operation?.op !== 'create') return;
      const own = registrations.facts.get(event.registration ?? '')?.data?.map_type ?? undefined;
      const pairs = [
        ['map_type', operation.map_type ?? own, event.map_type],
        ['key_size', operation.key_size, event.create_key_size],
        ['value_size', operation.value_size, event.create_value_size],
        ['max_entries', operation.max_entries, event.max_entries],
      ] as const;
      say.exercised();
      for (const [name, declared, given] of pairs) {
        if (declared === undefined || declared === given) continue;
        say.violated(
          event,
          `${name} as the caller declared it, ${declared}`,
          `${create} was given ${given}`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-002',
  asks: 'map_type, key_size, value_size and max_entries are passed exactly as the caller declared them.',
  passing: 'Creations with sizes of every kind, zero and huge ones too, arrived unchanged.',
  look: 'Where the map definition is turned into arguments.',
  watch: watchArguments,
};
