/**
 * A provider of the harness's own for the same map type: right, silent, and never the subject
 * (DUP-003).
 */
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import type { DispatchCallback } from '../abi/callbacks.ts';
import type { Registration } from '../provider/port.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';

const members: DispatchCallback[] = [
  'preprocess_map_create',
  'postprocess_map_delete',
  'preprocess_associate_program_type',
];

/** A pass-through provider for `map_type`. */
export const competitor = (map_type: number): Registration => {
  const facts: RegistrationFacts = {
    Version: 0,
    Length: 72,
    ProviderAttachClient: true,
    ProviderDetachClient: true,
    ProviderCleanupBindingContext: true,
    instance: { Version: 0, Size: 40, Number: 0 },
    NpiId: EBPF_MAP_INFO_EXTENSION_IID,
    ModuleId: { Length: 24, Type: 1, Guid: '00000000-0000-0000-0000-0000000000ff' },
    data: {
      header: { version: 1, size: 48, total_size: 48 },
      map_type,
      base_map_type: 1,
      base_properties: {
        header: { version: 1, size: 25, total_size: 32 },
        updates_original_value: false,
      },
      base_provider_table: { header: { version: 1, size: 80, total_size: 80 }, members },
    },
    unreadable: null,
  };
  const nothing = { result: null, damage: [] };
  return {
    facts: () => facts,
    attach: () => ({
      result: 'STATUS_SUCCESS',
      damage: [],
      context: null,
      wroteContext: true,
      dispatch: null,
      wroteDispatch: true,
    }),
    detach: () => ({ ...nothing, result: 'STATUS_SUCCESS' }),
    cleanup: () => nothing,
    table: () => ({
      members: new Set(members),
      invoke: (_callback, args) => ({
        result: 'EBPF_SUCCESS',
        damage: [],
        actual_value_size: args.create_value_size ?? 0,
        map_context: 1n,
      }),
    }),
  };
};
