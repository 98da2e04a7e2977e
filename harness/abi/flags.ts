/**
 * Operation flags, update options and IRQL values (docs/contract/LAYOUTS.md).
 * @example const isProgram = (flags: number): boolean => (flags & EBPF_MAP_OPERATION_HELPER) !== 0;
 */
export const EBPF_MAP_OPERATION_HELPER = 0x01;
/**
 * Flag: the callback is part of an update.
 * @example const isUpdate = (flags: number): boolean => (flags & EBPF_MAP_OPERATION_UPDATE) !== 0;
 */
export const EBPF_MAP_OPERATION_UPDATE = 0x02;
/**
 * Flag: the map is going, and its entries with it.
 * @example
 * const isCleanup = (flags: number): boolean => (flags & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;
 */
export const EBPF_MAP_OPERATION_MAP_CLEANUP = 0x04;

/** ebpf_map_option_t by name. */
const mapOptions: Readonly<Record<string, number>> = {
  EBPF_ANY: 0,
  EBPF_NOEXIST: 1,
  EBPF_EXIST: 2,
};

/** The number of an option of an update; EBPF_ANY where none is named. */
export const optionOf = (option: number | string | undefined): number =>
  typeof option === 'number' ? option : (mapOptions[option ?? 'EBPF_ANY'] ?? 0);

/**
 * IRQL of ordinary threads.
 * @example const isPassive = (host: Host): boolean => host.KeGetCurrentIrql() === PASSIVE_LEVEL;
 */
export const PASSIVE_LEVEL = 0;
/**
 * IRQL at which nobody waits.
 * @example const mayWait = (host: Host): boolean => host.KeGetCurrentIrql() < DISPATCH_LEVEL;
 */
export const DISPATCH_LEVEL = 2;

/**
 * `HELPER|UPDATE` for 3; unknown bits as hex.
 * @example flagNames(3); // 'HELPER|UPDATE'
 */
export const flagNames = (flags: number): string => {
  const names: string[] = [];
  if (flags & EBPF_MAP_OPERATION_HELPER) names.push('HELPER');
  if (flags & EBPF_MAP_OPERATION_UPDATE) names.push('UPDATE');
  if (flags & EBPF_MAP_OPERATION_MAP_CLEANUP) names.push('MAP_CLEANUP');
  const rest = (flags & ~7) >>> 0;
  if (rest) names.push(`0x${rest.toString(16)}`);
  return names.join('|') || '0';
};

/**
 * IRQL number as a name where Windows has one that matters here.
 * @example irqlName(DISPATCH_LEVEL); // 'DISPATCH'
 */
export const irqlName = (irql: number): string =>
  irql === 0 ? 'PASSIVE' : irql === 1 ? 'APC' : irql === 2 ? 'DISPATCH' : `IRQL ${irql}`;
