/**
 * Steps of the recorder as operations of the runtime: one arm per operation, defaults as recorded.
 */
import { guidFromBytes } from '../abi/guid.ts';
import type { Caller, KeyRef, MapOption, Operation } from '../trace/plan.ts';
import { fromHex } from '../trace/recorder.ts';
import type { StepArguments, StepOperation } from './transcript.ts';

/** What a map is created with when a step does not say. */
export const MAP_DEFAULTS = { map_type: 15, key_size: 4, value_size: 8, max_entries: 8 } as const;

/** The program type of an associate step that names none: bytes 0 to 15. */
const PROGRAM_TYPE_DEFAULT = '000102030405060708090a0b0c0d0e0f';

/** Steps that act on the recording provider and not on a map. */
export type ProviderStep = 'register' | 'deregister' | 'wait' | 'set' | 'mutate';
export type MapStep = Exclude<StepOperation, ProviderStep>;

const OPTIONS: Readonly<Record<string, MapOption>> = {
  ANY: 'EBPF_ANY',
  NOEXIST: 'EBPF_NOEXIST',
  EXIST: 'EBPF_EXIST',
};

const keyOf = ({ key }: StepArguments): KeyRef =>
  key === undefined || key === 'NULL' ? null : key;
const callerOf = ({ caller }: StepArguments): { caller: Caller } => ({
  caller: caller === 'helper' ? 'program' : 'user',
});

const optionOf = ({ option }: StepArguments): MapOption =>
  option === undefined ? 'EBPF_ANY' : (OPTIONS[option] ?? Number(option));

/** A helper hands no key length over; a user's is the key's own unless the step says otherwise. */
const keyLength = ({ caller, key_size }: StepArguments): { key_size?: number } =>
  caller === 'helper' || key_size === undefined ? {} : { key_size };

const buffer = ({ buf }: StepArguments): { buffer?: number } =>
  buf === undefined ? {} : { buffer: buf };

/** The operation that a step on a map stands for; `map` is the slot of the step's map. */
export const operationOf = (op: MapStep, args: StepArguments, map: number): Operation => {
  switch (op) {
    case 'create':
      return {
        op,
        map,
        map_type: args.type ?? MAP_DEFAULTS.map_type,
        key_size: args.key_size ?? MAP_DEFAULTS.key_size,
        value_size: args.value_size ?? MAP_DEFAULTS.value_size,
        max_entries: args.max_entries ?? MAP_DEFAULTS.max_entries,
        name_length: args.name_len ?? args.name?.length ?? 0,
        inner_map: args.inner !== undefined,
      };
    case 'find':
      return {
        op,
        map,
        key: keyOf(args),
        ...callerOf(args),
        delete: args.delete === 1,
        ...buffer(args),
        ...keyLength(args),
      };
    case 'update':
      return {
        op,
        map,
        key: keyOf(args),
        value: args.value ?? '',
        option: optionOf(args),
        ...callerOf(args),
        ...keyLength(args),
      };
    case 'delete':
      return { op, map, key: keyOf(args), ...callerOf(args), ...keyLength(args) };
    case 'next_key':
      return { op, map, key: keyOf(args) };
    case 'ffind':
      return { op: 'find_element', map, key: keyOf(args) };
    case 'push':
      return { op, map, value: args.value ?? '', ...callerOf(args) };
    case 'pop':
    case 'peek':
      return { op, map, ...callerOf(args), ...buffer(args) };
    case 'associate':
      return {
        op,
        map,
        program_type: guidFromBytes(fromHex(args.program_type ?? PROGRAM_TYPE_DEFAULT)),
      };
    case 'mapctx':
      return { op: 'map_context', map };
    case 'update_with_handle':
      return { op, map, key: keyOf(args) };
    case 'batch':
      return { op, map, delete: args.delete === 1 };
    case 'iterate':
    case 'info':
    case 'value_address':
    case 'effective_value_size':
    case 'hold':
    case 'close':
      return { op, map };
  }
};
