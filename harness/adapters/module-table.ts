/** Calls the dispatch members of a module: buffers guarded, boxes with sentinels, results read. */
import { DISPATCH_CALLBACKS, type DispatchCallback } from '../abi/callbacks.ts';
import { readResult } from '../abi/result.ts';
import type { Box, ProviderTable } from '../provider/module.ts';
import type { DispatchArguments, DispatchOutcome, DispatchTable } from '../provider/port.ts';
import type { Damage } from '../trace/damage.ts';
import { attempt } from './attempt.ts';
import {
  guarded,
  inspect,
  staleContents,
  type Guarded,
  type KeptBuffers,
} from './guarded-buffer.ts';

type AnyFunction = (...args: unknown[]) => unknown;

/** Size of a table that ends before postprocess_map_delete_element. */
const oldTableSize = 72;

const resultOf = (answer: unknown): string =>
  readResult(answer) ?? `not a result: ${typeof answer}`;

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
          return create(member, args, kept);
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

/** Bytes behind each out parameter of a create. */
const outBytes = { actual_value_size: 4, map_context: 8 } as const;

/** Whether a number written through an out parameter needs more bytes than it has (CRE-013). */
const isTooWide = (name: keyof typeof outBytes, value: unknown): boolean => {
  const wide =
    typeof value === 'bigint'
      ? value
      : Number.isFinite(value)
        ? BigInt(Math.trunc(Number(value)))
        : 0n;
  const bits = outBytes[name] * 8;
  return BigInt.asUintN(bits, wide) !== wide && BigInt.asIntN(bits, wide) !== wide;
};

/** actual_value_size starts at 0 and at a sentinel by turns: both must be overwritten (CRE-003). */
const create = (
  member: AnyFunction,
  args: DispatchArguments,
  kept: KeptBuffers,
): DispatchOutcome => {
  const actual: Box<unknown> = { value: args.fill ?? (kept.turn() ? 0xdeadbeef : 0) };
  const context: Box<unknown> = { value: null };
  const wrote = new Set<keyof typeof outBytes>();
  const damage: Damage[] = [];
  let returned = false;
  // Sums with absurd sizes wrap around in C, which numbers of this language do not.
  const isModest =
    (args.create_value_size ?? 0) < 0x7fff_0000 && (args.create_key_size ?? 0) < 0x7fff_0000;
  const watched = (box: Box<unknown>, name: keyof typeof outBytes): Box<unknown> => {
    let held = box.value;
    return Object.defineProperty({} as Box<unknown>, 'value', {
      get: () => held,
      set: (value: unknown) => {
        held = value;
        if (returned) {
          kept.note({
            what: 'kept',
            buffer: name,
            callback: 'preprocess_map_create',
            how: 'written',
          });
          return;
        }
        wrote.add(name);
        box.value = value;
        if (isModest && isTooWide(name, value))
          damage.push({ what: 'overrun', buffer: name, offset: outBytes[name] });
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
        watched(actual, 'actual_value_size'),
        watched(context, 'map_context'),
      );
      returned = true;
      const size = actual.value;
      const isSize =
        wrote.has('actual_value_size') && typeof size === 'number' && Number.isInteger(size);
      return {
        result: resultOf(answer),
        damage,
        actual_value_size: isSize ? size >>> 0 : null,
        wroteActualValueSize: wrote.has('actual_value_size'),
        map_context: context.value === undefined || context.value === 0n ? null : context.value,
        wroteMapContext: wrote.has('map_context'),
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
  const key = bytesOf(args.key) && guarded('key', args.key!, false, args.misaligned || undefined);
  const value =
    bytesOf(args.value) && guarded('in_value', args.value!, false, args.misaligned || undefined);
  const size = args.out_size ?? null;
  const out =
    size === null
      ? null
      : guarded(
          'out_value',
          new Uint8Array(size + (args.out_room ?? 0)).fill(args.fill ?? 0),
          true,
        );
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
      return {
        result: resultOf(answer),
        damage,
        out: out ? (written ?? new Uint8Array(size ?? 0)) : null,
      };
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
  const key = bytesOf(args.key) && guarded('key', args.key!, false, args.misaligned || undefined);
  const value =
    bytesOf(args.value) && guarded('value', args.value!, false, args.misaligned || undefined);
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
  const stale = staleContents(
    written,
    given.filter((one): one is Uint8Array => Boolean(one)),
  );
  if (stale) damage.push({ what: 'kept', buffer: stale, callback, how: 'read' });
};
