/**
 * Replays recorded behaviour against a native runtime, with the observing provider in C in the
 * recorder's place. It sees what was asked and never what was observed.
 */
import {
  PROVIDER_ANSWERS,
  RECORD_KINDS,
  type ObserverRecord,
} from '../adapters/observer-layout.ts';
import type { Observer } from '../adapters/observer.ts';
import type { Limit } from '../adapters/process-load.ts';
import type { RuntimeInstance } from '../adapters/native-runtime.ts';
import { fromHex, toHex } from '../trace/recorder.ts';
import { recordedCallback, recordedReentry } from './native-callbacks.ts';
import { listKeys, recordedProviderBytes } from './native-provider.ts';
import type { Asked, Observation, ObservedCallback, Step, StepArguments } from './transcript.ts';
import type { ProviderConfig } from './provider-behaviour.ts';

type Slot = {
  map: bigint;
  references: number;
  context: number;
  key_size: number;
  value_size: number;
};
type Answered = Omit<Observation, 'callbacks'>;
/** The answer of a step that the face of a runtime cannot express. */
const unaskable = null;

const options: Record<string, number> = { ANY: 0, NOEXIST: 1, EXIST: 2 };
const bufferFill = 0xcc;
/** A wait that went on for so long is recorded as blocked. */
const blocked: Limit = { cpuMs: 1_000, sleptMs: 1_000 };
const structureOf: Record<string, number> = { type: 0, uov: 1, find: 2, update: 2 };
const offsetOf: Record<string, number> = { type: 24, uov: 24, find: 48, update: 56 };
const defaults = { type: 15, key_size: 4, value_size: 8, max_entries: 8 };

export class NativeReplay {
  private readonly runtime: RuntimeInstance;
  private readonly observer: Observer;
  private readonly asked: Asked;
  private readonly configs: ProviderConfig[];
  /** Registrations: a provider that registers again is another one of the observer's. */
  private readonly registered: string[];
  private readonly current = new Map<string, number>();
  /** Those whose deregistration was not asked for yet; those that it is still to be waited for. */
  private readonly live = new Set<number>();
  private readonly pending = new Set<number>();
  private readonly slots = new Map<string, Slot>();
  private readonly sizes = new Map<number, { value_size: number }>();
  private made = 0;
  /** The last map context that was put out. */
  private contexts = 0;
  /** A creation runs in an epoch, and what it undoes does so too. */
  private isCreating = false;
  /** Records of the running step. */
  private seen: ObserverRecord[] = [];

  constructor(runtime: RuntimeInstance, observer: Observer, asked: Asked) {
    this.runtime = runtime;
    this.observer = observer;
    this.asked = asked;
    this.configs = asked.providers.map((config) => ({ ...config }));
    this.registered = asked.steps
      .filter(({ op }) => op === 'register')
      .map(({ args }) => args.p ?? '');
  }

  /** One answer for each step, null where it could not be asked; `begin` is told of each first. */
  run(begin: (step: number) => void = () => undefined): (Observation | null)[] {
    this.observer.forget();
    const wanted = this.registered.map((name) => this.asked.providers.find(({ p }) => p === name)!);
    this.observer.open(
      (wanted.length ? wanted : [{ p: '', type: 0, base: 1 }]).map(recordedProviderBytes),
    );
    const seen = this.asked.steps.map((step, index) => {
      begin(index);
      this.seen = [];
      this.isCreating = step.op === 'create';
      const answered = this.carryOut(step);
      if (answered === unaskable) return null;
      this.seen.push(...this.observer.records());
      // Callbacks are listed in order of return.
      this.seen.sort((left, right) => left.returned - right.returned);
      return { ...answered, callbacks: this.seen.flatMap((record) => this.callback(record)) };
    });
    begin(this.asked.steps.length);
    this.end();
    return seen;
  }

  private end(): void {
    for (const [name, slot] of [...this.slots]) {
      for (let i = slot.references; i > 0; i -= 1) this.close({ map: name });
    }
    for (const index of this.live) this.deregister(index);
    for (const index of this.pending) this.observer.wait(index, blocked);
    this.runtime.drain();
    this.runtime.end();
  }

  private carryOut({ op, args }: Step): Answered | null {
    switch (op) {
      case 'register':
        return this.register(args);
      case 'deregister':
        return this.done(this.deregister(this.current.get(args.p ?? '') ?? 0));
      case 'wait':
        return this.done(this.wait(this.current.get(args.p ?? '') ?? 0));
      case 'set':
        return this.set(args);
      case 'mutate':
        return this.mutate(args);
      case 'create':
        return this.create(args);
      default: {
        const slot = this.slots.get(args.map ?? '');
        return slot ? this.onMap({ op, args }, slot) : { result: 'NO_SUCH_MAP', out: null };
      }
    }
  }

  private done(status: string): Answered {
    return { result: status === 'STATUS_SUCCESS' ? 'COMPLETE' : 'BLOCKED', out: null };
  }

  private deregister(index: number): string {
    this.live.delete(index);
    const status = this.observer.deregister(index);
    if (status === 'STATUS_PENDING') this.pending.add(index);
    return status;
  }

  private wait(index: number): string {
    const status = this.observer.wait(index, blocked);
    if (status === 'STATUS_SUCCESS') this.pending.delete(index);
    return status;
  }

  private register({ p = '' }: StepArguments): Answered {
    const index = this.made;
    this.made += 1;
    this.current.set(p, index);
    this.observer.set(index, recordedProviderBytes(this.configOf(p)), PROVIDER_ANSWERS);
    this.live.add(index);
    return { result: this.observer.register(this.runtime.table, index), out: null };
  }

  private configOf(p: string): ProviderConfig {
    return this.configs.find((config) => config.p === p)!;
  }

  private set({ p = '', ...changes }: StepArguments): Answered {
    Object.assign(this.configOf(p), changes);
    const index = this.current.get(p);
    const restarted = PROVIDER_ANSWERS.filter((name) => listKeys[name] in changes);
    const behaviour = recordedProviderBytes(this.configOf(p));
    if (index !== undefined) this.observer.set(index, behaviour, restarted);
    return { result: 'OK', out: null };
  }

  private mutate({ p = '', ...changes }: StepArguments): Answered {
    for (const [name, value] of Object.entries(changes)) {
      const index = this.current.get(p) ?? 0;
      const at = offsetOf[name] ?? 0;
      this.observer.mutate(index, structureOf[name] ?? 0, at, value === 'null' ? 0 : Number(value));
      if (value === 'null') this.observer.mutate(index, structureOf[name] ?? 0, at + 4, 0);
    }
    return { result: 'OK', out: null };
  }

  private create(args: StepArguments): Answered {
    const { type, key_size, value_size, max_entries } = { ...defaults, ...args };
    const before = this.contexts;
    const { name = 'n'.repeat(args.name_len ?? 0) } = args;
    const { result, map } = this.runtime.create(type, key_size, value_size, max_entries, name);
    this.seen.push(...this.observer.records());
    for (const record of this.seen) {
      if (record.callback === 0 && record.kind === RECORD_KINDS.callback && record.made !== 0) {
        this.contexts = record.made;
        this.sizes.set(record.made, { value_size });
      }
    }
    if (result !== 'EBPF_SUCCESS') return { result, out: null };
    const context = this.contexts > before ? this.contexts : 0;
    if (context !== 0) this.observer.tellMap(context, map);
    this.slots.set(args.map ?? '', { map, references: 1, context, key_size, value_size });
    return { result, out: null };
  }

  private close(args: StepArguments): Answered {
    const slot = this.slots.get(args.map ?? '');
    if (!slot) return { result: 'NO_SUCH_MAP', out: null };
    slot.references -= 1;
    this.runtime.close(slot.map);
    this.runtime.drain();
    if (slot.references === 0) this.slots.delete(args.map ?? '');
    return { result: 'OK', out: null, last_reference: slot.references === 0 };
  }

  private onMap({ op, args }: Step, slot: Slot): Answered | null {
    const { runtime } = this;
    const { map, key_size, value_size } = slot;
    const flags = args.caller === 'helper' ? 1 : 0;
    const key = args.key === undefined || args.key === 'NULL' ? null : fromHex(args.key);
    switch (op) {
      case 'close':
        return this.close(args);
      case 'hold':
        runtime.reference(map);
        slot.references += 1;
        return { result: 'OK', out: null };
      case 'find':
        return this.find(args, slot, key, flags);
      case 'update': {
        const value = new Uint8Array(value_size);
        value.set(fromHex(args.value ?? '').subarray(0, value_size));
        const option = options[args.option ?? 'ANY'] ?? Number(args.option);
        const result = runtime.update(map, key, value, option, flags, args.key_size);
        return { result, out: null };
      }
      case 'delete':
        return { result: runtime.remove(map, key, flags, args.key_size), out: null };
      case 'next_key': {
        const { result, key: next } = runtime.nextKey(map, key, key_size);
        return { result, out: result === 'EBPF_SUCCESS' ? toHex(next) : null };
      }
      case 'iterate':
        return this.iterate(slot);
      case 'associate': {
        const bytes = fromHex(args.program_type ?? '000102030405060708090a0b0c0d0e0f');
        return { result: runtime.associateBytes(map, bytes), out: null };
      }
      case 'ffind': {
        const found = runtime.findElement(map, key, value_size, this.observer);
        if (!found) return unaskable;
        return { result: found.result, out: found.value ? toHex(found.value) : null };
      }
      case 'mapctx': {
        const context = this.observer.contextAt(map);
        if (context === null) return unaskable;
        return { result: 'OK', out: context === 0 ? null : `c${context}` };
      }
      default:
        return this.offered({ op, args }, slot, flags);
    }
  }

  /** What a runtime may offer. Batches and addresses of values are not part of its face. */
  private offered(
    { op, args }: Step,
    { map, key_size, value_size }: Slot,
    flags: number,
  ): Answered | null {
    switch (op) {
      case 'push':
      case 'pop':
      case 'peek': {
        if (!this.runtime.has(op)) return unaskable;
        const value =
          args.value === undefined ? new Uint8Array(args.buf ?? value_size) : fromHex(args.value);
        return { result: this.runtime.atEnds(op, map, value, flags), out: null };
      }
      case 'update_with_handle': {
        if (!this.runtime.has(op)) return unaskable;
        const key = new Uint8Array(key_size);
        key.set(fromHex(args.key ?? '').subarray(0, key_size));
        return { result: this.runtime.updateWithHandle(map, key), out: null };
      }
      default:
        return unaskable;
    }
  }

  private iterate(slot: Slot): Answered {
    const out: string[] = [];
    let previous: Uint8Array | null = null;
    for (;;) {
      const { result, key } = this.runtime.nextKey(slot.map, previous, slot.key_size);
      if (result !== 'EBPF_SUCCESS') return { result, out };
      out.push(toHex(key));
      previous = key;
    }
  }

  private find(args: StepArguments, slot: Slot, key: Uint8Array | null, flags: number): Answered {
    const keySize = args.key_size ?? slot.key_size;
    const valueSize = flags ? slot.value_size : (args.buf ?? slot.value_size);
    const how = { flags, removes: args.delete === 1, fill: bufferFill };
    const { result, value } = this.runtime.find(slot.map, key, { keySize, valueSize }, how);
    if (result === 'EBPF_SUCCESS') return { result, out: toHex(value) };
    const isWritten = value.some((byte) => byte !== bufferFill);
    return { result, out: null, ...(isWritten ? { out_written_on_failure: toHex(value) } : {}) };
  }

  /** A record in the recorder's words. */
  private callback(record: ObserverRecord): ObservedCallback[] {
    if (record.kind === RECORD_KINDS.operation) {
      return [
        recordedReentry(
          record,
          this.seen.find(({ entered }) => entered === record.within),
        ),
      ];
    }
    const config = this.configOf(this.registered[record.provider] ?? '');
    const value_size = this.sizes.get(record.context)?.value_size;
    const found = recordedCallback(record, { config, value_size, isCreating: this.isCreating });
    return found ? [found] : [];
  }
}
