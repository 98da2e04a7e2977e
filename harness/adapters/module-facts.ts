/**
 * Reads what a module's characteristics object says, member by member; nothing in it is trusted.
 */
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import { isGuid } from '../abi/guid.ts';
import type {
  HeaderFacts,
  ProviderDataFacts,
  RegistrationFacts,
} from '../trace/registration-facts.ts';

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null ? (value as Fields) : null;

const integer = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : null;

const header = (value: unknown): HeaderFacts | null => {
  const read = fields(value);
  if (!read) return null;
  return {
    version: integer(read['version']) ?? 0,
    size: integer(read['size']) ?? 0,
    total_size: integer(read['total_size']) ?? 0,
  };
};

const guid = (value: unknown): string | null =>
  typeof value === 'string' && isGuid(value.toLowerCase()) ? value.toLowerCase() : null;

/**
 * Parameters of each member in the contract; a function that declares more expects another
 * signature.
 */
const parametersOf: Record<DispatchCallback, number> = {
  preprocess_map_create: 7,
  postprocess_map_delete: 2,
  preprocess_associate_program_type: 3,
  postprocess_map_find_element: 9,
  preprocess_map_update_element: 9,
  preprocess_map_delete_element: 7,
  postprocess_map_delete_element: 7,
};

/** Members that the version-2 proposal appends to the table (docs/contract/LAYOUTS.md). */
const proposedMembers = [
  'preprocess_map_mutation_v2',
  'postprocess_map_mutation_complete_v2',
  'preprocess_map_activate',
  'postprocess_map_deactivate',
  'preprocess_map_delete_element_v2',
] as const;

/** Numbers functions in order of appearance, so that a replaced one shows. */
export type Identify = (member: unknown) => number;

const readTable = (
  table: Fields,
  identify: Identify | null,
): NonNullable<ProviderDataFacts['base_provider_table']> => {
  const members = DISPATCH_CALLBACKS.filter((name) => typeof table[name] === 'function');
  const surplus = members.filter((name) => (table[name] as Identify).length > parametersOf[name]);
  const proposed = proposedMembers.filter((name) => typeof table[name] === 'function');
  return {
    header: header(table['header']),
    members,
    ...(identify
      ? { functions: Object.fromEntries(members.map((name) => [name, identify(table[name])])) }
      : {}),
    ...(surplus.length ? { surplus } : {}),
    ...(proposed.length ? { proposed } : {}),
  };
};

/** ebpf_map_provider_data_t as the module shows it; null for NULL. */
export const readProviderData = (
  value: unknown,
  identify: Identify | null = null,
): ProviderDataFacts | null => {
  const data = fields(value);
  if (!data) return null;
  const properties = fields(data['base_properties']);
  const table = fields(data['base_provider_table']);
  return {
    header: header(data['header']),
    map_type: integer(data['map_type']),
    base_map_type: integer(data['base_map_type']),
    base_properties: properties && {
      header: header(properties['header']),
      updates_original_value: Boolean(properties['updates_original_value']),
    },
    base_provider_table: table && readTable(table, identify),
  };
};

const unreadable = (reason: unknown): RegistrationFacts => ({
  Version: null,
  Length: null,
  ProviderAttachClient: false,
  ProviderDetachClient: false,
  ProviderCleanupBindingContext: false,
  instance: null,
  NpiId: null,
  ModuleId: null,
  data: null,
  unreadable: `reading the characteristics failed: ${reason instanceof Error ? reason.message.slice(0, 100) : 'not an object'}`,
});

/** Everything a registration says of itself, now. */
export const readFacts = (
  characteristics: unknown,
  identify: Identify | null = null,
): RegistrationFacts => {
  const read = fields(characteristics);
  if (!read) return unreadable(null);
  try {
    const instance = fields(read['ProviderRegistrationInstance']);
    const moduleId = fields(instance?.['ModuleId']);
    return {
      Version: integer(read['Version']),
      Length: integer(read['Length']),
      ProviderAttachClient: typeof read['ProviderAttachClient'] === 'function',
      ProviderDetachClient: typeof read['ProviderDetachClient'] === 'function',
      ProviderCleanupBindingContext: typeof read['ProviderCleanupBindingContext'] === 'function',
      instance: instance && {
        Version: integer(instance['Version']),
        Size: integer(instance['Size']),
        Number: integer(instance['Number']),
      },
      NpiId: guid(instance?.['NpiId']),
      ModuleId: moduleId && {
        Length: integer(moduleId['Length']),
        Type: integer(moduleId['Type']),
        Guid: guid(moduleId['Guid']),
      },
      data: readProviderData(instance?.['NpiSpecificCharacteristics'], identify),
      unreadable: null,
    };
  } catch (reason) {
    return unreadable(reason);
  }
};
