/**
 * What a registration's structures say to whoever wants to bind: problems in words, and the members
 * that count. Static facts only; who attaches when is creation.ts.
 */
import type { RegistrationFacts } from '../../harness/index.ts';
import { EBPF_MAP_INFO_EXTENSION_IID } from '../../harness/abi/guid.ts';
import {
  EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0,
  HEADERS,
} from '../../harness/abi/layout.ts';

type Data = NonNullable<RegistrationFacts['data']>;

/** header.size of a dispatch table that ends before postprocess_map_delete_element. */
export const OLD_TABLE_SIZE = EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0;
export const DATA_SIZE = HEADERS.ebpf_map_provider_data_t.size;
export const PROPERTIES_SIZE = HEADERS.ebpf_base_map_provider_properties_t.size;
export const TABLE_SIZE = HEADERS.ebpf_base_map_provider_dispatch_table_t.size;

export const MANDATORY_MEMBERS = [
  'preprocess_map_create',
  'postprocess_map_delete',
  'preprocess_associate_program_type',
] as const;
export const DELETE_MEMBERS = [
  'preprocess_map_delete_element',
  'postprocess_map_delete_element',
] as const;

/** Whether a registration is one for maps; others of the same module are nobody's business here. */
export const isMapRegistration = (facts: RegistrationFacts): boolean =>
  facts.NpiId === EBPF_MAP_INFO_EXTENSION_IID;

/** Members that count: those that header.size covers (ABI-004). */
export const effectiveMembers = (data: Data | null): ReadonlySet<string> => {
  const table = data?.base_provider_table;
  const members = new Set(table?.members ?? []);
  if (table?.header && table.header.size < TABLE_SIZE)
    members.delete('postprocess_map_delete_element');
  return members;
};

/** CRUD callbacks that a value-transforming provider lacks. */
export const missingCrud = (data: Data): string[] => {
  const members = effectiveMembers(data);
  const missing = ['postprocess_map_find_element', 'preprocess_map_update_element'].filter(
    (name) => !members.has(name),
  );
  return DELETE_MEMBERS.some((name) => members.has(name))
    ? missing
    : [...missing, 'a delete callback'];
};

type Structure = { name: string; header: Data['header']; sizes: readonly number[] };

/** The three versioned structures of a registration that are there. */
export const structuresOf = (data: Data): Structure[] => [
  { name: 'provider data', header: data.header, sizes: [DATA_SIZE] },
  ...(data.base_properties
    ? [{ name: 'base_properties', header: data.base_properties.header, sizes: [PROPERTIES_SIZE] }]
    : []),
  ...(data.base_provider_table
    ? [
        {
          name: 'base_provider_table',
          header: data.base_provider_table.header,
          sizes: [TABLE_SIZE, OLD_TABLE_SIZE],
        },
      ]
    : []),
];

/** Versions and sizes that no runtime of today knows (ABI-013). */
export const headerProblems = (data: Data): string[] =>
  structuresOf(data).flatMap(({ name, header, sizes }) => {
    if (!header) return [`${name} has no header`];
    if (header.version !== 1) return [`${name} has version ${header.version}`];
    return sizes.includes(header.size) ? [] : [`${name} has header.size ${header.size}`];
  });

/** Why nobody may bind to this registration; empty when it is well formed. */
export const bindProblems = (facts: RegistrationFacts): string[] => {
  const { data } = facts;
  if (!data) return ['the provider data is NULL'];
  const members = effectiveMembers(data);
  return [
    ...(data.base_properties ? [] : ['base_properties is NULL']),
    ...(data.base_provider_table ? [] : ['base_provider_table is NULL']),
    ...headerProblems(data),
    ...(data.base_provider_table
      ? MANDATORY_MEMBERS.filter((name) => !members.has(name)).map((name) => `${name} is NULL`)
      : []),
    ...(DELETE_MEMBERS.every((name) => members.has(name)) ? ['both delete callbacks are set'] : []),
  ];
};
