/**
 * What a recording provider answers, from the recorder's configuration keys: lists of results,
 * bytes written, and the structures it registers with. It sees no runtime; recording is
 * recording-provider.ts.
 */
import { EBPF_RESULTS, isEbpfResult, NTSTATUS } from '../abi/result.ts';
import {
  EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0,
  HEADERS,
  type Header,
} from '../abi/layout.ts';
import type { DispatchCallback } from '../abi/callbacks.ts';

type Setting = string | number | boolean | null | undefined;

/** Configuration keys as recorded; every value is a scalar. */
export type ProviderConfig = { p: string; type: number; base: number } & Record<string, Setting>;

/** Callbacks that answer from a list: one result per call, the last one repeats. */
export type ListedCallback = 'update' | 'find' | 'predel' | 'assoc';
const LISTS = {
  update: 'update_ret',
  find: 'find_ret',
  predel: 'predel_ret',
  assoc: 'assoc_ret',
} as const;

/** Short names that `null` and `mutate` use for members of the dispatch table. */
export const TABLE_MEMBERS: Readonly<Record<string, DispatchCallback>> = {
  create: 'preprocess_map_create',
  map_delete: 'postprocess_map_delete',
  associate: 'preprocess_associate_program_type',
  find: 'postprocess_map_find_element',
  update: 'preprocess_map_update_element',
};

const STRUCTURES = {
  data: 'ebpf_map_provider_data_t',
  prop: 'ebpf_base_map_provider_properties_t',
  disp: 'ebpf_base_map_provider_dispatch_table_t',
} as const;

/** How much the dispatch table grew since its first version. */
const GROWTH =
  HEADERS.ebpf_base_map_provider_dispatch_table_t.size -
  EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0;
const NUMBER = /^\d+$/;
const RELATIVE = /^[+-]\d+$/;

const words = (setting: Setting): string[] =>
  setting === undefined || setting === null
    ? []
    : String(setting)
        .split(',')
        .map((word) => word.trim());

const resultName = (word: string): string =>
  NUMBER.test(word) ? (EBPF_RESULTS[Number(word)] ?? word) : word;

/**
 * A header member: a number, `old` (before the last growth), or `+n` / `-n` relative to today's.
 */
const sized = (setting: Setting, current: number): number => {
  if (setting === undefined || setting === null) return current;
  const text = String(setting);
  if (text === 'old') return current - GROWTH;
  return RELATIVE.test(text) ? current + Number(text) : Number(text);
};

const isSized = (setting: Setting): boolean =>
  setting === undefined || setting === 'old' || /^[+-]?\d+$/.test(String(setting));

/** The header that a provider with this configuration puts on one of its three structures. */
export const headerOf = (
  config: Partial<ProviderConfig>,
  part: keyof typeof STRUCTURES,
): Header => {
  const current = HEADERS[STRUCTURES[part]];
  return {
    version: sized(config[`${part}_ver`], current.version),
    size: sized(config[`${part}_size`], current.size),
    total_size: sized(config[`${part}_total`], current.total_size),
  };
};

/**
 * Members of the dispatch table that are there: not in `null`, and the delete callbacks of the
 * style.
 */
export const membersOf = (config: Partial<ProviderConfig>): Set<DispatchCallback> => {
  const missing = new Set(String(config['null'] ?? '').split('+'));
  const members = new Set<DispatchCallback>();
  for (const [short, member] of Object.entries(TABLE_MEMBERS))
    if (!missing.has(short)) members.add(member);
  const style = config['delete'] ?? 'post';
  if (style === 'pre' || style === 'both') members.add('preprocess_map_delete_element');
  if (style === 'post' || style === 'both') members.add('postprocess_map_delete_element');
  return members;
};

/** Whether one of `data`, `props` and `table` is NULL in what is registered. */
export const isNull = (
  config: Partial<ProviderConfig>,
  part: 'data' | 'props' | 'table',
): boolean =>
  String(config['null'] ?? '')
    .split('+')
    .includes(part);

/** Why the settings cannot be played, in a few words; null when they can. */
export const behaviourProblem = (settings: object): string | null => {
  for (const [key, setting] of Object.entries(settings) as [string, Setting][]) {
    if (/^(data|prop|disp)_(ver|size|total)$/.test(key) && !isSized(setting)) {
      return `${key} is ${setting}, expected a number, old, +n or -n`;
    }
    const unknown =
      key === 'attach'
        ? words(setting).find((word) => !(word in NTSTATUS))
        : key.endsWith('_ret')
          ? words(setting).find((word) => !isEbpfResult(resultName(word)))
          : undefined;
    if (unknown !== undefined) return `${key} names ${unknown}, which is no result`;
    const allowed = CHOICES[key];
    if (allowed && !allowed.includes(String(setting))) {
      return `${key} is ${setting}, expected ${allowed.join(', ')}`;
    }
  }
  return null;
};

/** Keys that a provider can play; `set` and `mutate` also use the short names of table members. */
const KNOWN = new Set([
  'p',
  'type',
  'base',
  'uov',
  'delete',
  'null',
  'attach',
  'attach_sets_bctx',
  'bctx',
  'cleanup',
  'create_ret',
  'create_ctx',
  'actual',
  'update_ret',
  'find_ret',
  'predel_ret',
  'assoc_ret',
  'update_write',
  'find_write',
  'reenter_update',
  'reenter_find',
  'reenter_delete',
  'reenter_key',
  ...['data', 'prop', 'disp'].flatMap((part) =>
    ['ver', 'size', 'total'].map((member) => `${part}_${member}`),
  ),
  ...Object.keys(TABLE_MEMBERS),
]);

/** Settings that have no effect here, so that a reader of differences knows. */
export const unknownSettings = (settings: object): string[] =>
  Object.keys(settings).filter((key) => !KNOWN.has(key));

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  create_ctx: ['set', 'unset', 'null'],
  update_write: ['xform', 'none', 'half'],
  find_write: ['xform', 'none'],
  reenter_update: ['find', 'update', 'delete'],
  reenter_find: ['find', 'update', 'delete'],
  reenter_delete: ['find', 'update', 'delete'],
};

/** One provider's answers. `set` changes them at any time; a list that is set starts over. */
export class ProviderBehaviour {
  readonly name: string;
  private settings: ProviderConfig;
  private readonly used = new Map<string, number>();

  constructor(config: ProviderConfig) {
    this.name = config.p;
    this.settings = { ...config };
  }

  /** What is configured now. */
  get config(): Readonly<ProviderConfig> {
    return this.settings;
  }

  /** Takes new settings over; lists among them start at their first entry. */
  set(changes: object): void {
    this.settings = { ...this.settings, ...changes, p: this.name };
    for (const key of Object.keys(changes)) this.used.delete(key);
  }

  private listed(key: string, otherwise: string, consume: boolean): string {
    const list = words(this.settings[key]);
    const at = this.used.get(key) ?? 0;
    if (consume) this.used.set(key, at + 1);
    return list.length === 0 ? otherwise : resultName(list[Math.min(at, list.length - 1)]!);
  }

  /** NTSTATUS of this attach. */
  attach(): string {
    return this.listed('attach', 'STATUS_SUCCESS', true);
  }

  /** Result of this call of a listed callback. Clean-up only looks (`consume` false). */
  result(callback: ListedCallback, consume = true): string {
    return this.listed(LISTS[callback], 'EBPF_SUCCESS', consume);
  }

  /** Result of create, and whether it puts a context out: set, null, or unset (not written). */
  create(): { result: string; context: 'set' | 'unset' | 'null' } {
    const result = this.listed('create_ret', 'EBPF_SUCCESS', true);
    const context = this.settings['create_ctx'] ?? (result === 'EBPF_SUCCESS' ? 'set' : 'unset');
    return { result, context: context as 'set' | 'unset' | 'null' };
  }

  /** actual_value_size that create writes; undefined when it writes none. */
  actualValueSize(value_size: number): number | undefined {
    const actual = this.settings['actual'] ?? 'same';
    if (actual === 'unset') return undefined;
    return actual === 'same' ? value_size : Number(actual);
  }

  /** Whether a failing attach puts a binding context out all the same. */
  get attachSetsContext(): boolean {
    return Number(this.settings['attach_sets_bctx'] ?? 0) === 1;
  }

  /** Whether the binding context is NULL. */
  get nullBindingContext(): boolean {
    return this.settings['bctx'] === 'null';
  }

  /** Bytes that update puts into out_value from its start, or null when it writes none. */
  updateOutput(input: Uint8Array, size: number): Uint8Array | null {
    const write = this.settings['update_write'] ?? 'xform';
    if (write === 'none') return null;
    return mask(input, write === 'half' ? size >> 1 : size, 0xee);
  }

  /** Bytes that find puts into out_value, or null when it writes none. */
  findOutput(input: Uint8Array, size: number): Uint8Array | null {
    return this.settings['find_write'] === 'none' ? null : mask(input, size, 0xdd);
  }

  /** The operation that a callback carries out on the same map before it returns, if any. */
  reentry(
    from: 'update' | 'find' | 'delete',
  ): { op: 'find' | 'update' | 'delete'; key: string } | null {
    const op = this.settings[`reenter_${from}`];
    if (op !== 'find' && op !== 'update' && op !== 'delete') return null;
    return { op, key: String(this.settings['reenter_key'] ?? '') };
  }
}

/** The recorder's transformation: input bytes with a mask on, a filler past the input's end. */
const mask = (input: Uint8Array, size: number, filler: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_unused, index) =>
    index < input.length ? input[index]! ^ 0xa5 : filler,
  );
