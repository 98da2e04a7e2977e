/** Calls the dispatch members of a module: buffers guarded, boxes with sentinels, results read. */
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import { readResult } from '../abi/result.ts';
import type { Box, ProviderTable } from '../provider/module.ts';
import type { DispatchArguments, DispatchOutcome, DispatchTable } from '../provider/port.ts';
import type { Damage } from '../trace/event.ts';
import { attempt } from './attempt.ts';
import { guarded, inspect, staleContents, type Guarded, type KeptBuffers } from './guarded-buffer.ts';

type AnyFunction = (...args: unknown[]) => unknown;

/** Size of a table that ends before postprocess_map_delete_element. */
const oldTableSize = 72;

const resultOf = (answer: unknown): string => readResult(answer) ?? `not a result: ${typeof answer}`;

/** Copies the table as it stands: members that are functions, as far as header.size reaches. */
export const moduleTable = (data: unknown, kept: KeptBuffers): DispatchTable => {
  const table = (data as { base_provider_table?: ProviderTable } | null)?.base_provider_table;
  const copy = new Map<DispatchCallback, AnyFunction>();
  for (const name of DISPATCH_CALLBACKS) {
    if (name === 'postprocess_map_delete_element' && table?.header?.size === oldTableSize) continue;
    const member = table?.[name];
    if (typeof member === 'function') copy.set(name, member.bind(table) as AnyFunction);
  }
  let calls = 0;
  return {
    members: new Set(copy.keys()),
    invoke: (callback, args) => {
      calls += 1;
      const member = copy.get(callback);
      if (!member) throw new Error(`${callback} is NULL and was called`);
      switch (callback) {
        case 'preprocess_map_create':
          return create(member, args, calls);
        case 'postprocess_map_delete':
          return plain(() => void member(args.binding_context, args.map_context), kept);
        case 'preprocess_associate_program_type':
          return plain(
            () => resultOf(member(args.binding_context, args.map_context, args.program_type)),
            kept,
          );
        case 'postprocess_map_find_element':
        case 'preprocess_map_update_element':
          return element(member, callback, args, kept, calls);
        case 'preprocess_map_delete_element':
        case 'postprocess_map_delete_element':
          return deletion(member, callback, args, kept, calls);
      }
    },
  };
};

const plain = (act: () => string | void, kept: KeptBuffers): DispatchOutcome =>
  attempt<DispatchOutcome>(
    () => ({ result: act() ?? null, damage: kept.written() }),
    (lost) => ({ result: null, damage: [], lost }),
  );

/** actual_value_size starts at 0 and at a sentinel by turns: both must be overwritten (CRE-003). */
const create = (member: AnyFunction, args: DispatchArguments, calls: number): DispatchOutcome => {
  const fill = args.fill ?? (calls % 2 ? 0 : 0xdeadbeef);
  const actual: Box<unknown> = { value: fill };
  const context: Box<unknown> = { value: null };
  let wroteActual = false;
  let wroteContext = false;
  const watched = (box: Box<unknown>, wrote: () => void): Box<unknown> => {
    let held = box.value;
    return Object.defineProperty({} as Box<unknown>, 'value', {
      get: () => held,
      set: (value: unknown) => {
        wrote();
        box.value = held = value;
      },
      enumerable: true,
    });
  };
  return attempt<DispatchOutcome>(
    () => {
      const answer = member(
        args.binding_context,
        args.map_type,
        args.create_key_size,
        args.create_value_size,
        args.max_entries,
        watched(actual, () => (wroteActual = true)),
        watched(context, () => (wroteContext = true)),
      );
      const size = actual.value;
      return {
        result: resultOf(answer),
        damage: [],
        actual_value_size: wroteActual && typeof size === 'number' && Number.isInteger(size) ? size >>> 0 : null,
        wroteActualValueSize: wroteActual,
        map_context: context.value === undefined || context.value === 0n ? null : context.value,
        wroteMapContext: wroteContext,
      };
    },
    (lost) => ({ result: null, damage: [], lost }),
  );
};

const bytesOf = (value: Uint8Array | null | undefined): Uint8Array | null => value ?? null;

const element = (
  member: AnyFunction,
  callback: DispatchCallback,
  args: DispatchArguments,
  kept: KeptBuffers,
  call: number,
): DispatchOutcome => {
  const key = bytesOf(args.key) && guarded('key', args.key!, false);
  const value = bytesOf(args.value) && guarded('in_value', args.value!, false);
  const size = args.out_size ?? null;
  const out = size === null ? null : guarded('out_value', new Uint8Array(size).fill(args.fill ?? 0), true);
  return attempt<DispatchOutcome>(
    () => {
      const answer = member(
        args.binding_context,
        args.map_context,
        args.key_size,
        key?.view ?? null,
        args.value_size,
        value?.view ?? null,
        size ?? 0,
        out?.view ?? null,
        args.flags,
      );
      const written = out && out.view.buffer.byteLength ? out.view.slice() : null;
      const damage = settle([key, value, out], kept, callback, call);
      if (written) noteStale(written, [args.key, args.value], damage, callback);
      return { result: resultOf(answer), damage, out: out ? (written ?? new Uint8Array(size ?? 0)) : null };
    },
    (lost) => ({ result: null, damage: settle([key, value, out], kept, callback, call), lost }),
  );
};

const deletion = (
  member: AnyFunction,
  callback: DispatchCallback,
  args: DispatchArguments,
  kept: KeptBuffers,
  call: number,
): DispatchOutcome => {
  const key = bytesOf(args.key) && guarded('key', args.key!, false);
  const value = bytesOf(args.value) && guarded('value', args.value!, false);
  return attempt<DispatchOutcome>(
    () => {
      const answer = member(
        args.binding_context,
        args.map_context,
        args.key_size,
        key?.view ?? null,
        args.value_size,
        value?.view ?? null,
        args.flags,
      );
      const damage = settle([key, value], kept, callback, call);
      const result = callback === 'preprocess_map_delete_element' ? resultOf(answer) : null;
      return { result, damage };
    },
    (lost) => ({ result: null, damage: settle([key, value], kept, callback, call), lost }),
  );
};

/** Compares the buffers of a call, overwrites them, and adds late writes into earlier ones. */
const settle = (
  buffers: readonly (Guarded | null)[],
  kept: KeptBuffers,
  callback: DispatchCallback,
  call: number,
): Damage[] => {
  const used = buffers.filter((buffer): buffer is Guarded => buffer !== null);
  const damage = [...used.flatMap(inspect), ...kept.written()];
  kept.retire(call, callback, used);
  return damage;
};

const noteStale = (
  written: Uint8Array,
  given: readonly (Uint8Array | null | undefined)[],
  damage: Damage[],
  callback: DispatchCallback,
): void => {
  const stale = staleContents(written, given.filter((one): one is Uint8Array => Boolean(one)));
  if (stale) damage.push({ what: 'kept', buffer: stale, callback, how: 'read' });
};
