/**
 * Structural validation of provider data before a bind (REG-019, ABI-011, ABI-013;
 * docs/contract/LAYOUTS.md).
 */
import type { HeaderFacts, ProviderDataFacts } from '../trace/registration-facts.ts';
import type { Dialect } from './dialect.ts';

export const PROVIDER_DATA_SIZE = 48;
export const PROPERTIES_SIZE = 25;
export const TABLE_SIZE = 80;
/** Table of the SDK before postprocess_map_delete_element. */
export const OLD_TABLE_SIZE = 72;

const headerIs = (header: HeaderFacts | null, sizes: readonly number[]): boolean =>
  header !== null && header.version === 1 && sizes.includes(header.size);

/** Members that count: the last one only when the table's size covers it (ABI-004). */
export const effectiveMembers = (data: ProviderDataFacts): ReadonlySet<string> => {
  const table = data.base_provider_table;
  const members = new Set(table?.members ?? []);
  if (table?.header?.size === OLD_TABLE_SIZE) members.delete('postprocess_map_delete_element');
  return members;
};

/**
 * Why the runtime refuses to bind to this data, or null when it does not. Types are not looked at.
 */
export const validationError = (data: ProviderDataFacts | null): string | null => {
  if (!data) return 'provider data is NULL or unreadable';
  if (!headerIs(data.header, [PROVIDER_DATA_SIZE])) return 'header of the provider data';
  if (!data.base_properties) return 'base_properties is NULL';
  if (!headerIs(data.base_properties.header, [PROPERTIES_SIZE])) return 'header of base_properties';
  if (!data.base_provider_table) return 'base_provider_table is NULL';
  if (!headerIs(data.base_provider_table.header, [OLD_TABLE_SIZE, TABLE_SIZE])) {
    return 'header of base_provider_table';
  }
  const members = effectiveMembers(data);
  for (const name of [
    'preprocess_map_create',
    'postprocess_map_delete',
    'preprocess_associate_program_type',
  ]) {
    if (!members.has(name)) return `${name} is NULL`;
  }
  if (DELETES.every((name) => members.has(name))) return 'both delete callbacks are set';
  return null;
};

const PADDED = { data: 48, properties: 32 } as const;

/** Whether total_size is what the structures are with their padding, in every one of them. */
const totalsFit = ({ header, base_properties, base_provider_table }: ProviderDataFacts): boolean =>
  header?.total_size === PADDED.data &&
  base_properties?.header?.total_size === PADDED.properties &&
  // A table of the current SDK may state the size of the old one.
  [base_provider_table?.header?.size, TABLE_SIZE].includes(base_provider_table?.header?.total_size);

const DELETES = ['preprocess_map_delete_element', 'postprocess_map_delete_element'];

/** Whether data that is well formed is refused all the same, by what a reading asks besides. */
export const isRefusedByReading = (data: ProviderDataFacts, dialect: Dialect): boolean => {
  if (!totalsFit(data) && dialect.totalSizeJudged) return true;
  const members = effectiveMembers(data);
  return !DELETES.some((name) => members.has(name)) && dialect.neitherDeleteRefused;
};

/** Callbacks that a transforming provider lacks (REG-010, CRE-014). */
export const missingCrud = (members: ReadonlySet<string>): string[] => {
  const missing: string[] = [];
  if (!members.has('postprocess_map_find_element')) missing.push('postprocess_map_find_element');
  if (!members.has('preprocess_map_update_element')) missing.push('preprocess_map_update_element');
  if (
    !members.has('preprocess_map_delete_element') &&
    !members.has('postprocess_map_delete_element')
  ) {
    missing.push('a delete callback');
  }
  return missing;
};
