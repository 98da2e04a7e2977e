/** A recorded provider's configuration as the observing provider in C takes it. */
import { DISPATCH_CALLBACKS } from '../abi/callbacks.ts';
import { EBPF_RESULTS, valueOf } from '../abi/result.ts';
import { encodeProvider } from '../adapters/observer-layout.ts';
import { fromHex } from '../trace/recorder.ts';
import { headerOf, isNull, membersOf, type ProviderConfig } from './provider-behaviour.ts';

const contexts = { set: 1, unset: 2, null: 3 } as const;
const writes = { xform: 0, none: 1, half: 2 } as const;
const actualUnset = 1;
const actualIsValue = 2;
const probeEverything = 3;
/** What a callback carries out on its own map, as the observer numbers it; 0 is nothing. */
const reentries: Readonly<Record<string, number>> = { find: 1, update: 2, delete: 3 };
const reentryKeyBytes = 4;

const valuesOf = (list: unknown): number[] =>
  list === undefined || list === null
    ? []
    : String(list)
        .split(',')
        .map((word) => word.trim())
        .map((word) => (/^\d+$/.test(word) ? Number(word) : valueOf(word)));

/** The recorder's name of each list of answers. */
export const listKeys = {
  attach: 'attach',
  create: 'create_ret',
  associate: 'assoc_ret',
  find: 'find_ret',
  update: 'update_ret',
  pre_delete: 'predel_ret',
  pre_delete_always: 'no such list',
} as const;

const reentryKey = (config: Partial<ProviderConfig>): Uint8Array => {
  const key = config['reenter_key'];
  return fromHex(typeof key === 'string' ? key : '00000000');
};

/** Whether the C observer can play a configuration: the key of a call back has four bytes there. */
export const isPlayable = (config: Partial<ProviderConfig>): boolean =>
  reentryKey(config).length === reentryKeyBytes;

/** What cmc_observer_open and cmc_observer_set take. */
export const recordedProviderBytes = (config: ProviderConfig): Uint8Array => {
  const [data, properties, table] = (['data', 'prop', 'disp'] as const).map((part) =>
    headerOf(config, part),
  );
  const members = membersOf(config);
  const actual = config['actual'] ?? 'same';
  const missing = (['data', 'props', 'table'] as const).reduce(
    (bits, part, bit) => (isNull(config, part) ? bits | (1 << bit) : bits),
    0,
  );
  return encodeProvider(
    {
      map_type: config.type,
      base_map_type: config.base,
      updates_original_value: Number(config['uov'] ?? 0),
      members: DISPATCH_CALLBACKS.reduce(
        (bits, name, bit) => (members.has(name) ? bits | (1 << bit) : bits),
        0,
      ),
      missing,
      data_version: data!.version,
      data_size: data!.size,
      data_total: data!.total_size,
      properties_version: properties!.version,
      properties_size: properties!.size,
      properties_total: properties!.total_size,
      table_version: table!.version,
      table_size: table!.size,
      table_total: table!.total_size,
      table_bytes: 0,
      protection: 1,
      other_interface: 0,
      has_no_cleanup: config['cleanup'] === 0 ? 1 : 0,
      context_on_refusal: Number(config['attach_sets_bctx'] ?? 0),
      null_binding: config['bctx'] === 'null' ? 1 : 0,
      detach_pends: 0,
      create_context: contexts[config['create_ctx'] as keyof typeof contexts] ?? 0,
      actual_mode: actual === 'same' ? 0 : actual === 'unset' ? actualUnset : actualIsValue,
      actual_value_size:
        typeof actual === 'number' ? actual : Number.parseInt(String(actual), 10) || 0,
      update_write: writes[config['update_write'] as keyof typeof writes] ?? 0,
      find_write: writes[config['find_write'] as keyof typeof writes] ?? 0,
      probes: probeEverything,
      pre_delete_everywhere: 1,
      reenter_find: reentries[String(config['reenter_find'])] ?? 0,
      reenter_update: reentries[String(config['reenter_update'])] ?? 0,
      reenter_delete: reentries[String(config['reenter_delete'])] ?? 0,
      reenter_key: new DataView(reentryKey(config).buffer).getUint32(0, true),
    },
    {
      attach: valuesOf(config[listKeys.attach]),
      create: valuesOf(config[listKeys.create]),
      associate: valuesOf(config[listKeys.associate]),
      find: valuesOf(config[listKeys.find]),
      update: valuesOf(config[listKeys.update]),
      pre_delete: valuesOf(config[listKeys.pre_delete]),
    },
  );
};

/** The C name of a result. */
export const resultName = (value: number): string =>
  EBPF_RESULTS[value] ?? `0x${value.toString(16)}`;
