/**
 * One custom map and its operations, in eBPFCore's order. Every element operation is four phases
 * (before the callback, commit under the bucket lock, after it, epoch exit), divided by `yield`, so
 * that a scheduler can interleave them. Storage is base-map.ts; who may call is runtime.ts.
 */
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  EBPF_MAP_OPERATION_UPDATE,
} from '../abi/flags.ts';
import type { DispatchCallback } from '../abi/callbacks.ts';
import type { Thread } from '../provider/thread.ts';
import type { MapOption } from '../trace/plan.ts';
import { toHex } from '../trace/recorder.ts';
import type { Entry } from './base-map.ts';
import { BoundMap } from './bound-map.ts';

/** What an operation answers its caller. `out` is hex for values, a list for iterations. */
export type Answer = { result: string; out?: unknown; given?: string };

/** A phase boundary: the scheduler may let another actor move. */
export type Phases<T> = Generator<void, T>;

export class CustomMap extends BoundMap {
  /**
   * Lookup; with `remove`, lookup-and-delete. `size` is the caller's buffer, null = the value size.
   */
  *find(
    thread: Thread,
    key: Uint8Array | null,
    options: { remove: boolean; size: number | null; keySize?: number },
  ): Phases<Answer> {
    const helper = thread.caller === 'program';
    if (helper && this.transforms) return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    if (key === null || !this.lengthsFit(thread, options))
      return { result: 'EBPF_INVALID_ARGUMENT' };
    const entry = this.base.find(key);
    yield;
    if (!entry) return { result: 'EBPF_OBJECT_NOT_FOUND' };
    const found = this.notifyFind(thread, key, entry, options);
    yield;
    if (found.result !== 'EBPF_SUCCESS' || !options.remove) {
      yield;
      return found;
    }
    const removed = this.removeNotified(thread, key);
    yield;
    if (removed.result === 'EBPF_SUCCESS') return found;
    // A transforming provider wrote straight into the caller's buffer; plain values are copied
    // last.
    return { result: removed.result, ...(this.transforms ? { out: found.out } : {}) };
  }

  /** Lengths that a user caller states must be those of the map (C-11). */
  private lengthsFit(thread: Thread, stated: { size: number | null; keySize?: number }): boolean {
    if (thread.caller === 'program') return true;
    const { key_size, value_size } = this.definition;
    const fit =
      (stated.keySize ?? key_size) === key_size && (stated.size ?? value_size) === value_size;
    return fit || this.parts.dialect.sizesUnchecked;
  }

  private notifyFind(
    thread: Thread,
    key: Uint8Array,
    entry: Entry,
    options: { size: number | null; keySize?: number },
  ): Answer {
    const { dialect, findFill, crossing } = this.parts;
    const helper = thread.caller === 'program';
    const declared = this.definition.value_size;
    const size = options.size ?? declared;
    const fill = findFill ?? (crossing.calls % 2 ? 0xcc : 0);
    const buffer = new Uint8Array(size).fill(fill);
    if (!this.has('postprocess_map_find_element')) {
      buffer.set(entry.value.subarray(0, Math.min(size, entry.value.length)));
      return { result: 'EBPF_SUCCESS', out: toHex(helper ? entry.value : buffer) };
    }
    const shippedSize = helper && dialect.helperFindKeySizeZero ? 0 : this.definition.key_size;
    const outcome = this.invoke(
      thread,
      'postprocess_map_find_element',
      {
        key,
        key_size: options.keySize ?? shippedSize,
        value: entry.value,
        value_size: this.actualValueSize,
        out_size: this.transforms ? declared : null,
        ...(this.transforms ? { fill } : {}),
        flags: helper ? EBPF_MAP_OPERATION_HELPER : 0,
      },
      { entry: entry.version },
    );
    const result = outcome.result ?? 'EBPF_FAILED';
    if (this.transforms) {
      if (outcome.out) buffer.set(outcome.out.subarray(0, size));
      return { result, out: toHex(buffer) };
    }
    if (result !== 'EBPF_SUCCESS') return { result };
    if (helper) return { result, out: toHex(entry.value) };
    buffer.set(entry.value.subarray(0, Math.min(size, entry.value.length)));
    return { result, out: toHex(buffer) };
  }

  /** Insert or replace. */
  *update(
    thread: Thread,
    key: Uint8Array | null,
    value: Uint8Array,
    option: MapOption,
  ): Phases<Answer> {
    const { memory } = this.parts;
    const helper = thread.caller === 'program' ? EBPF_MAP_OPERATION_HELPER : 0;
    if (helper && this.transforms) return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    if (key === null) return { result: 'EBPF_INVALID_ARGUMENT' };
    const { key_size, value_size } = this.definition;
    const given = value.subarray(0, value_size);
    let stored = given;
    yield;
    const announced = this.has('preprocess_map_update_element');
    if (announced) {
      const outcome = this.underMapLock(thread, () =>
        this.invoke(thread, 'preprocess_map_update_element', {
          key,
          key_size,
          value: given,
          value_size,
          out_size: this.transforms ? this.actualValueSize : null,
          ...(this.transforms ? { fill: 0 } : {}),
          flags: helper,
        }),
      );
      const result = outcome.result ?? 'EBPF_FAILED';
      if (result !== 'EBPF_SUCCESS') return { result };
      if (this.transforms && outcome.out) stored = outcome.out;
    }
    yield;
    memory.lent.settle();
    const commit = this.base.update(key, stored, option);
    this.recordChange(thread, key, stored, commit);
    yield;
    const deleter = this.deleteCallback;
    const flags = helper | EBPF_MAP_OPERATION_UPDATE;
    if (commit.done && commit.displaced && deleter) {
      const { key: old, value: gone } = commit.displaced;
      this.underMapLock(thread, () => this.notifyDelete(thread, deleter, old, gone, flags));
    } else if (!commit.done && deleter && this.rollsBack(deleter, announced)) {
      this.underMapLock(thread, () => this.notifyDelete(thread, deleter, key, stored, flags));
    }
    yield;
    return { result: commit.done ? 'EBPF_SUCCESS' : commit.result };
  }

  /** Whether a refused base write is told to the provider, which may have accepted the value. */
  private rollsBack(deleter: CustomMap['deleteCallback'], announced: boolean): boolean {
    const { dialect } = this.parts;
    if (!announced && !dialect.rollbackWithoutUpdateCallback) return false;
    return deleter !== 'preprocess_map_delete_element' || !dialect.noRollbackForPreDelete;
  }

  /** A push: refused, as a hash base has no order; a key that is NULL gets no further (C-25). */
  push(thread: Thread, value: Uint8Array | null): Answer {
    const helper = thread.caller === 'program';
    if (helper && this.transforms) return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    const deleter = this.deleteCallback;
    if (!helper || value === null || !this.has('preprocess_map_update_element') || !deleter)
      return { result: 'EBPF_INVALID_ARGUMENT' };
    if (!this.parts.dialect.nullKeyReachesUpdate) return { result: 'EBPF_INVALID_ARGUMENT' };
    const { key_size, value_size } = this.definition;
    const args = { key: null, key_size, value, value_size };
    const flags = EBPF_MAP_OPERATION_HELPER;
    const update = { ...args, out_size: null, flags };
    const { result } = this.invoke(thread, 'preprocess_map_update_element', update);
    if (result !== 'EBPF_SUCCESS') return { result: result ?? 'EBPF_FAILED' };
    this.invoke(thread, deleter, { ...args, flags: flags | EBPF_MAP_OPERATION_UPDATE });
    return { result: 'EBPF_INVALID_ARGUMENT' };
  }

  *remove(thread: Thread, key: Uint8Array | null): Phases<Answer> {
    const helper = thread.caller === 'program';
    if (helper && this.transforms) return { result: 'EBPF_OPERATION_NOT_SUPPORTED' };
    if (key === null) return { result: 'EBPF_INVALID_ARGUMENT' };
    yield;
    yield;
    const answer = this.removeNotified(thread, key);
    yield;
    return answer;
  }

  /**
   * Removes an entry and tells the provider, in the order the dialect gives. The bucket lock covers
   * removal and a notification that comes before it, so nobody moves in between.
   */
  private removeNotified(thread: Thread, key: Uint8Array): Answer {
    const { memory } = this.parts;
    memory.lent.settle();
    const flags = thread.caller === 'program' ? EBPF_MAP_OPERATION_HELPER : 0;
    const deleter = this.deleteCallback;
    const entry = this.base.find(key);
    if (!entry) return { result: 'EBPF_KEY_NOT_FOUND' };
    const before = deleter !== null && this.isToldBeforeRemoval(deleter);
    if (deleter && before) {
      const outcome = this.underBucketLock(thread, deleter, () =>
        this.notifyDelete(thread, deleter, entry.key, entry.value, flags, entry.version),
      );
      const result = outcome.result ?? 'EBPF_SUCCESS';
      if (deleter === 'preprocess_map_delete_element' && result !== 'EBPF_SUCCESS')
        return { result };
    }
    this.base.remove(entry);
    this.recordRemoval(thread, entry);
    if (deleter && !before) {
      this.underMapLock(thread, () =>
        this.notifyDelete(thread, deleter, entry.key, entry.value, flags),
      );
    }
    return { result: 'EBPF_SUCCESS' };
  }

  /** When an explicit delete is told to the provider. */
  private isToldBeforeRemoval(deleter: NonNullable<CustomMap['deleteCallback']>): boolean {
    const { dialect } = this.parts;
    const updates = this.has('preprocess_map_update_element');
    if (deleter === 'postprocess_map_delete_element')
      return updates && dialect.postDeleteBeforeRemoval;
    if (dialect.preDeleteUnlocked) return false;
    return updates || !dialect.preDeleteAfterRemoval;
  }

  /** A map's lock around its callbacks, as there once was (C-34). */
  private underMapLock<T>(thread: Thread, act: () => T): T {
    if (thread.irql >= DISPATCH_LEVEL || !this.parts.dialect.callbacksUnderMapLock) return act();
    return this.locked(thread, true, act);
  }

  private locked<T>(thread: Thread, isRaised: boolean, act: () => T): T {
    const { irql } = thread;
    if (isRaised) thread.irql = Math.max(irql, DISPATCH_LEVEL);
    thread.locks += 1;
    const answer = act();
    thread.locks -= 1;
    thread.irql = irql;
    return answer;
  }

  private underBucketLock<T>(thread: Thread, deleter: DispatchCallback, act: () => T): T {
    return this.locked(thread, this.isRaised(thread, deleter), act);
  }

  /** Whether a delete that comes before removal runs at DISPATCH_LEVEL. */
  private isRaised({ irql }: Thread, deleter: DispatchCallback): boolean {
    const { dialect } = this.parts;
    if (irql >= DISPATCH_LEVEL) return true;
    const isPre = deleter === 'preprocess_map_delete_element';
    if (isPre && !this.transforms) return true;
    if (dialect.deleteUnderBucketLock || dialect.callbacksUnderMapLock) return true;
    return isPre && dialect.preprocessDeleteAtDispatch;
  }

  /**
   * What the harness had accepted and never got rid of, a refused delete for one, leaves with the
   * map.
   */
  private giveBackOwed(thread: Thread, deleter: CustomMap['deleteCallback']): void {
    if (!deleter) return;
    for (const { key, value } of this.owed.splice(0)) {
      const sizes = { key_size: this.definition.key_size, value_size: this.actualValueSize };
      const flags = EBPF_MAP_OPERATION_MAP_CLEANUP;
      this.invoke(thread, deleter, { key, value, ...sizes, flags }, { direct: true });
    }
  }

  /**
   * Destruction after the last reference: element deletes with MAP_CLEANUP, then
   * postprocess_map_delete.
   */
  *destroy(thread: Thread): Phases<void> {
    const { dialect, memory, cleanupProcess } = this.parts;
    const process = thread.process;
    thread.process = cleanupProcess ?? (dialect.cleanupForeignProcess ? 0 : this.process);
    const isOutside = dialect.cleanupOutsideEpoch;
    if (!isOutside) memory.epochs.enterRuntime(thread);
    memory.lent.settle();
    const deleter = this.deleteCallback;
    for (const entry of this.base.all()) {
      this.removeLast(thread, deleter, entry);
      yield;
    }
    this.giveBackOwed(thread, deleter);
    this.invoke(thread, 'postprocess_map_delete', {});
    yield;
    if (!isOutside) memory.epochs.exitRuntime(thread);
    thread.process = process;
  }

  /** Clean-up of one entry: told under the map's lock or not, and stored meanwhile or not. */
  private removeLast(thread: Thread, deleter: CustomMap['deleteCallback'], entry: Entry): void {
    const { dialect } = this.parts;
    const isStored = deleter !== null && dialect.cleanupEntryStored;
    if (!isStored) this.base.remove(entry);
    if (deleter) {
      const version = isStored ? entry.version : undefined;
      const flags = EBPF_MAP_OPERATION_MAP_CLEANUP;
      const tell = (): unknown =>
        this.notifyDelete(thread, deleter, entry.key, entry.value, flags, version);
      if (dialect.cleanupUnderLock) this.locked(thread, true, tell);
      else tell();
    }
    if (isStored) this.base.remove(entry);
    this.recordRemoval(thread, entry);
  }
}
