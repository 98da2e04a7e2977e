/**
 * A native runtime as subject: a shared library behind custom_map_runtime.h, called member by
 * member. The provider that is registered with it is observer.ts; neither calls back into
 * JavaScript.
 */
import { guidToBytes } from '../abi/guid.ts';
import { readResult } from '../abi/result.ts';
import { functionAt, viewMemory } from './koffi-binding.ts';
import type { Observer } from './observer.ts';
import type { RuntimeMember } from './observer-layout.ts';
import { runtimeSignatures } from './runtime-table.ts';

/**
 * Bytes behind every buffer that the runtime is handed, so that reading or writing on harms nobody.
 */
const slackBytes = 64;

const withSlack = (bytes: Uint8Array): Uint8Array => {
  const wide = new Uint8Array(bytes.length + slackBytes);
  wide.set(bytes);
  return wide;
};

const resultOf = (answer: unknown): string => readResult(answer) ?? 'not a result';

export type Found = { result: string; value: Uint8Array };

/** One instance of a runtime, its statics its own. */
export class RuntimeInstance {
  /** Address of the table. */
  readonly table: bigint;
  private readonly addresses: ReadonlyMap<RuntimeMember, bigint>;

  constructor(table: bigint, addresses: ReadonlyMap<RuntimeMember, bigint>) {
    this.table = table;
    this.addresses = addresses;
  }

  has(member: RuntimeMember): boolean {
    return this.addresses.has(member);
  }

  create(
    type: number,
    keySize: number,
    valueSize: number,
    maxEntries: number,
    called = 'observed',
  ): { result: string; map: bigint } {
    const out = new BigUint64Array(1);
    const name = new Uint8Array([...Buffer.from(called), 0]);
    const result = resultOf(
      this.call(
        'map_create',
        type,
        keySize,
        valueSize,
        maxEntries,
        name,
        new Uint8Array(out.buffer),
      ),
    );
    return { result, map: result === 'EBPF_SUCCESS' ? out[0]! : 0n };
  }

  /** A program of this type that declares one map. */
  loadProgram(
    programType: string,
    type: number,
    keySize: number,
    valueSize: number,
    maxEntries: number,
  ): { result: string; map: bigint } {
    const out = new BigUint64Array(1);
    const definition = new Uint32Array([type, keySize, valueSize, maxEntries, 0, 0]);
    const answer = this.call(
      'program_load',
      guidToBytes(programType),
      new Uint8Array(definition.buffer),
      1,
      new Uint8Array(out.buffer),
    );
    const result = resultOf(answer);
    return { result, map: result === 'EBPF_SUCCESS' ? out[0]! : 0n };
  }

  reference(map: bigint): void {
    this.call('map_reference', map);
  }

  close(map: bigint): void {
    this.call('map_close', map);
  }

  /** A lookup, or a lookup that deletes. Sizes are what the caller states. */
  find(
    map: bigint,
    key: Uint8Array | null,
    stated: { keySize: number; valueSize: number },
    how: { flags: number; removes: boolean; fill: number },
  ): Found {
    const value = new Uint8Array(stated.valueSize + slackBytes).fill(how.fill);
    const member = how.removes ? 'lookup_and_delete' : 'find';
    const answer = this.call(
      member,
      map,
      key && withSlack(key),
      stated.keySize,
      value,
      stated.valueSize,
      how.flags,
    );
    return { result: resultOf(answer), value: value.slice(0, stated.valueSize) };
  }

  update(
    map: bigint,
    key: Uint8Array | null,
    value: Uint8Array,
    option: number,
    flags: number,
    keySize = key?.length ?? 0,
  ): string {
    return resultOf(
      this.call(
        'update',
        map,
        key && withSlack(key),
        keySize,
        withSlack(value),
        value.length,
        option,
        flags,
      ),
    );
  }

  remove(map: bigint, key: Uint8Array | null, flags: number, keySize = key?.length ?? 0): string {
    return resultOf(this.call('delete_entry', map, key && withSlack(key), keySize, flags));
  }

  nextKey(
    map: bigint,
    previous: Uint8Array | null,
    keySize: number,
  ): { result: string; key: Uint8Array } {
    const next = new Uint8Array(keySize + slackBytes);
    const result = resultOf(
      this.call('next_key', map, previous && withSlack(previous), keySize, next),
    );
    return { result, key: next.slice(0, keySize) };
  }

  associate(map: bigint, programType: string): string {
    return this.associateBytes(map, guidToBytes(programType));
  }

  /** The program type as its 16 bytes. */
  associateBytes(map: bigint, programType: Uint8Array): string {
    return resultOf(this.call('associate', map, programType));
  }

  /**
   * The stored bytes themselves, shared; `value` is null when there are none. A runtime without the
   * member is asked as `shown` was at attach; null: it was not yet.
   */
  findElement(
    map: bigint,
    key: Uint8Array | null,
    valueSize: number,
    shown: Pick<Observer, 'findElement'>,
  ): { result: string; value: Uint8Array | null } | null {
    const out = new BigUint64Array(1);
    const [at, into] = [key && withSlack(key), new Uint8Array(out.buffer)];
    const answer = this.has('find_element')
      ? this.call('find_element', map, at, into)
      : shown.findElement(map, at, into);
    if (answer === null) return null;
    const result = resultOf(answer);
    const address = out[0]!;
    const isThere = result === 'EBPF_SUCCESS' && address !== 0n;
    return { result, value: isThere ? viewMemory(address, valueSize) : null };
  }

  drain(): void {
    this.call('drain');
  }

  /** The last call. */
  end(): void {
    if (this.has('close')) this.call('close');
  }

  enterProcess(process: number): void {
    if (this.has('enter_process')) this.call('enter_process', process);
  }

  pin(map: bigint, where: string): string {
    return resultOf(this.call('map_pin', map, new Uint8Array([...Buffer.from(where), 0])));
  }

  unpin(where: string): string {
    return resultOf(this.call('map_unpin', new Uint8Array([...Buffer.from(where), 0])));
  }

  /** The definition that users are shown. */
  info(map: bigint): {
    result: string;
    definition: { map_type: number; key_size: number; value_size: number; max_entries: number };
  } {
    const words = new Uint32Array(6);
    const result = resultOf(this.call('map_info', map, new Uint8Array(words.buffer)));
    const [map_type = 0, key_size = 0, value_size = 0, max_entries = 0] = words;
    return { result, definition: { map_type, key_size, value_size, max_entries } };
  }

  updateBatch(
    map: bigint,
    keys: Uint8Array,
    keySize: number,
    values: Uint8Array,
    valueSize: number,
    option: number,
  ): { result: string; done: number } {
    const batch = new Uint32Array([keySize === 0 ? 0 : keys.length / keySize, 0]);
    const answer = this.call(
      'update_batch',
      map,
      keys,
      keySize,
      values,
      valueSize,
      option,
      new Uint8Array(batch.buffer),
    );
    return { result: resultOf(answer), done: batch[1]! };
  }

  /** push, pop and peek. */
  atEnds(member: 'push' | 'pop' | 'peek', map: bigint, value: Uint8Array, flags: number): string {
    return resultOf(this.call(member, map, withSlack(value), value.length, flags));
  }

  updateWithHandle(map: bigint, key: Uint8Array): string {
    return resultOf(this.call('update_with_handle', map, withSlack(key), key.length, 4n, 0));
  }

  private call(member: RuntimeMember, ...given: unknown[]): unknown {
    const address = this.addresses.get(member);
    if (address === undefined) throw new Error(`the runtime has no ${member}`);
    return functionAt(address, runtimeSignatures[member])(...given);
  }
}
