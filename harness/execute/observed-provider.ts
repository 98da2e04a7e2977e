/**
 * An observing provider's configuration in a plan, as the C observer wants it, and as what a
 * registration says of itself.
 */
import { DISPATCH_CALLBACKS } from '../abi/callbacks.ts';
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { HEADERS, NPI, type Header } from '../abi/layout.ts';
import { valueOf } from '../abi/result.ts';
import { encodeProvider } from '../adapters/observer-layout.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import type { ObservedProvider } from '../trace/plan.ts';

const moduleGuid = '2a3f7c11-90d4-4be2-8f07-6d215eb34c9a';
const missing = { data: 1, properties: 2, table: 4 } as const;
const protectEverything = 3;
const probeEverything = 3;
const actualIsValue = 2;
/** Where header.size is below this the last member of the table is out of sight. */
const oldTableBytes = 72;

type Resolved = {
  data: Header;
  properties: Header;
  table: Header;
  /** Members that are not NULL, whatever header.size says. */
  members: string[];
};

const resolve = (config: ObservedProvider): Resolved => {
  const style = config.delete ?? 'postprocess';
  const isThere = (name: string): boolean => {
    if (config.absent?.includes(name)) return false;
    if (name === 'preprocess_map_delete_element') return style === 'preprocess' || style === 'both';
    if (name === 'postprocess_map_delete_element') {
      return style === 'postprocess' || style === 'both' || config.behind === true;
    }
    return true;
  };
  return {
    data: { ...HEADERS.ebpf_map_provider_data_t, ...config.data },
    properties: { ...HEADERS.ebpf_base_map_provider_properties_t, ...config.properties },
    table: { ...HEADERS.ebpf_base_map_provider_dispatch_table_t, ...config.table },
    members: DISPATCH_CALLBACKS.filter(isThere),
  };
};

/** header.size of the three structures. */
export const headerSizes = (config: ObservedProvider): number[] => {
  const { data, properties, table } = resolve(config);
  return [data.size, properties.size, table.size];
};

/** What cmc_observer_open takes. */
export const observerBytes = (config: ObservedProvider): Uint8Array => {
  const { data, properties, table, members } = resolve(config);
  const values = (names: string[] | undefined): number[] => (names ?? []).map(valueOf);
  return encodeProvider(
    {
      map_type: config.map_type,
      base_map_type: config.base_map_type ?? 1,
      updates_original_value: config.transforms ? 1 : 0,
      members: DISPATCH_CALLBACKS.reduce(
        (bits, name, bit) => (members.includes(name) ? bits | (1 << bit) : bits),
        0,
      ),
      missing:
        (config.data === null ? missing.data : 0) |
        (config.properties === null ? missing.properties : 0) |
        (config.table === null ? missing.table : 0),
      data_version: data.version,
      data_size: data.size,
      data_total: data.total_size,
      properties_version: properties.version,
      properties_size: properties.size,
      properties_total: properties.total_size,
      table_version: table.version,
      table_size: table.size,
      table_total: table.total_size,
      table_bytes: config.behind ? HEADERS.ebpf_base_map_provider_dispatch_table_t.total_size : 0,
      protection: protectEverything,
      other_interface: 0,
      has_no_cleanup: 0,
      context_on_refusal: 0,
      null_binding: 0,
      detach_pends: 0,
      create_context: 0,
      actual_mode: config.actual === undefined ? 0 : actualIsValue,
      actual_value_size: config.actual ?? 0,
      update_write: 0,
      find_write: 0,
      probes: config.silent ? 0 : probeEverything,
      pre_delete_everywhere: 0,
      reenter_find: 0,
      reenter_update: 0,
      reenter_delete: 0,
      reenter_key: 0,
    },
    {
      attach: values(config.attach),
      create: values(config.create),
      associate: values(config.associate),
      find: values(config.find),
      update: values(config.update),
      pre_delete: values(config.pre_delete),
      pre_delete_always: values(config.pre_delete_always),
    },
  );
};

/**
 * What a reader of the structures would find, behind a 72-byte table too where something lies
 * there.
 */
export const registrationFacts = (config: ObservedProvider): RegistrationFacts => {
  const { data, properties, table, members } = resolve(config);
  const isSeen = (name: string): boolean =>
    name !== 'postprocess_map_delete_element' ||
    table.size > oldTableBytes ||
    config.behind === true;
  return {
    ...NPI.characteristics,
    ProviderAttachClient: true,
    ProviderDetachClient: true,
    ProviderCleanupBindingContext: true,
    instance: { ...NPI.registrationInstance },
    NpiId: EBPF_MAP_INFO_EXTENSION_IID,
    ModuleId: { ...NPI.moduleId, Guid: moduleGuid },
    data:
      config.data === null
        ? null
        : {
            header: data,
            map_type: config.map_type,
            base_map_type: config.base_map_type ?? 1,
            base_properties:
              config.properties === null
                ? null
                : { header: properties, updates_original_value: config.transforms ?? false },
            base_provider_table:
              config.table === null ? null : { header: table, members: members.filter(isSeen) },
          },
    unreadable: null,
  };
};
