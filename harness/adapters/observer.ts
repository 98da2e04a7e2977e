/**
 * The observing provider in C (custom_map_observer.h), called from here; it never calls back.
 * What its records mean is
 * run/observed-events.ts.
 */
import process from 'node:process';
import { readStatus } from '../abi/result.ts';
import {
  functionAt,
  loadLibrary,
  type NativeFunction,
  type NativeLibrary,
  type Signature,
} from './koffi-binding.ts';
import {
  decodeRecord,
  encodeOperations,
  encodeSteps,
  PROVIDER_ANSWERS,
  RECORD_BYTES,
  UNTOLD,
  WAITING_CALLBACKS,
  type ObserverRecord,
  type ObserverStep,
  type TogetherOperation,
} from './observer-layout.ts';
import { Patience, type Limit } from './process-load.ts';

const handle = 'uint64_t';
const buffer = 'void*';
const u32 = 'uint32_t';

const observerSignatures = {
  cmc_observer_open: { result: 'int32_t', parameters: [buffer, u32, u32] },
  cmc_observer_close: { result: 'void', parameters: [] },
  cmc_observer_register: { result: 'int32_t', parameters: [handle, u32] },
  cmc_observer_deregister: { result: 'int32_t', parameters: [u32] },
  cmc_observer_wait: { result: 'int32_t', parameters: [u32, u32] },
  cmc_observer_give_up: { result: 'void', parameters: [] },
  cmc_observer_set: { result: 'void', parameters: [u32, buffer, u32] },
  cmc_observer_mutate: { result: 'void', parameters: [u32, u32, u32, u32] },
  cmc_observer_detach_complete: { result: 'int32_t', parameters: [] },
  cmc_observer_map: { result: 'void', parameters: [u32, handle] },
  cmc_observer_context_at: { result: u32, parameters: [handle] },
  cmc_observer_find_element: { result: u32, parameters: [handle, buffer, buffer] },
  cmc_observer_meanwhile: { result: 'int32_t', parameters: [u32, u32, buffer, u32] },
  cmc_observer_settle: { result: 'void', parameters: [] },
  cmc_observer_next: { result: 'int32_t', parameters: [buffer] },
  cmc_observer_lost: { result: u32, parameters: [] },
  cmc_observer_together: { result: 'int32_t', parameters: [handle, buffer, u32] },
} as const satisfies Record<string, Signature>;

type ObserverFunction = keyof typeof observerSignatures;

const recordsMax = 20_000;
/** How often a wait that goes on is looked at. */
const sliceMs = 20;
/** What holds it up lives on: nobody waits long for that. */
const moment: Limit = { cpuMs: 100, sleptMs: 100 };
/**
 * Waits for a runtime that was seen to let one go on for ever, so that its examination comes to an
 * end.
 */
const believed: readonly Limit[] = [
  { cpuMs: 1_000, sleptMs: 1_000 },
  { cpuMs: sliceMs, sleptMs: sliceMs },
];

const statusOf = (answer: unknown): string => readStatus(answer) ?? 'not a result';

/** The observing provider's library, loaded once in a process. */
export class Observer {
  private readonly functions: Readonly<Record<ObserverFunction, NativeFunction>>;
  /** Kept, since a library that nobody refers to is unloaded. */
  readonly library: NativeLibrary;
  private readonly record = new Uint8Array(RECORD_BYTES);
  private isOpen = false;
  private vainWaits = 0;

  constructor(file: string) {
    const library = loadLibrary(file);
    this.library = library;
    const entries = Object.entries(observerSignatures).map(([name, signature]) => [
      name,
      functionAt(library.symbol(name), signature),
    ]);
    this.functions = Object.fromEntries(entries) as Readonly<
      Record<ObserverFunction, NativeFunction>
    >;
  }

  /** Another runtime is observed from here on. */
  forget(): void {
    this.vainWaits = 0;
  }

  /** Begins a run with these providers; one that was begun before is over. */
  open(providers: readonly Uint8Array[]): void {
    this.close();
    const all = new Uint8Array(Buffer.concat(providers));
    if (this.functions.cmc_observer_open(all, providers.length, recordsMax) !== 0) {
      throw new Error(
        'the observing provider could not be opened: too many providers, or no memory',
      );
    }
    this.isOpen = true;
  }

  close(): void {
    if (this.isOpen) this.functions.cmc_observer_close();
    this.isOpen = false;
  }

  register(runtime: bigint, provider: number): string {
    return statusOf(this.functions.cmc_observer_register(runtime, provider));
  }

  deregister(provider: number): string {
    return statusOf(this.functions.cmc_observer_deregister(provider));
  }

  /**
   * Waits for a deregistration. STATUS_TIMEOUT: it used `limit` up, or less of it when one has
   * before; the time that the machine was busy with others does not count. `isGoingOn` is called
   * while it does.
   */
  wait(provider: number, limit: Limit, isGoingOn: () => void = () => undefined): string {
    const granted = this.vainWaits === 0 ? limit : believed[Math.min(this.vainWaits, 2) - 1]!;
    const status = this.waitFor(provider, granted, isGoingOn);
    if (status === 'STATUS_TIMEOUT') this.vainWaits += 1;
    return status;
  }

  /** A wait that cannot end, as maps live: looks for a moment whether it does. */
  waitInVain(provider: number, isGoingOn: () => void): string {
    return this.waitFor(provider, moment, isGoingOn);
  }

  private waitFor(provider: number, limit: Limit, isGoingOn: () => void): string {
    const patience = new Patience(process.pid, process.pid);
    for (;;) {
      const status = statusOf(this.functions.cmc_observer_wait(provider, sliceMs));
      if (status !== 'STATUS_TIMEOUT') return status;
      isGoingOn();
      patience.look(sliceMs);
      if (!patience.isOver(limit)) continue;
      this.functions.cmc_observer_give_up();
      return status;
    }
  }

  /**
   * Takes over what a provider's callbacks do from now on; the named lists of answers begin again.
   */
  set(
    provider: number,
    behaviour: Uint8Array,
    restarted: readonly (typeof PROVIDER_ANSWERS)[number][],
  ): void {
    const bits = restarted.reduce((all, name) => all | (1 << PROVIDER_ANSWERS.indexOf(name)), 0);
    this.functions.cmc_observer_set(provider, behaviour, bits);
  }

  /** Writes a word of a live structure; not where it is read-only. */
  mutate(provider: number, structure: number, offset: number, word: number): void {
    this.functions.cmc_observer_mutate(provider, structure, offset, word);
  }

  /** Says which map object carries a context (0n: none any more). */
  tellMap(context: number, map: bigint): void {
    this.functions.cmc_observer_map(context, map);
  }

  /** The number of the context at the offset in a map object; null: no offset was shown yet. */
  contextAt(map: bigint): number | null {
    const context = Number(this.functions.cmc_observer_context_at(map));
    return context === UNTOLD ? null : context;
  }

  /** find_element_function as attach showed it; null: no attach that still holds. */
  findElement(map: bigint, key: Uint8Array | null, out: Uint8Array): number | null {
    const answer = Number(this.functions.cmc_observer_find_element(map, key, out));
    return answer === UNTOLD ? null : answer;
  }

  together(runtime: bigint, operations: readonly TogetherOperation[]): boolean {
    const list = encodeOperations(operations);
    return this.functions.cmc_observer_together(runtime, list, operations.length) === 0;
  }

  /** What others do while a callback of a provider runs for the first time. */
  meanwhile(
    provider: number,
    callback: keyof typeof WAITING_CALLBACKS,
    steps: readonly ObserverStep[],
  ): boolean {
    const number = WAITING_CALLBACKS[callback];
    const list = encodeSteps(steps);
    return this.functions.cmc_observer_meanwhile(provider, number, list, steps.length) === 0;
  }

  /** Waits for them, once the operation is over in which the callback came. */
  settle(): void {
    this.functions.cmc_observer_settle();
  }

  /** What was recorded since the last time, in order of entry. */
  records(): ObserverRecord[] {
    const all: ObserverRecord[] = [];
    while (this.functions.cmc_observer_next(this.record) !== 0) all.push(decodeRecord(this.record));
    return all;
  }

  lost(): number {
    return Number(this.functions.cmc_observer_lost());
  }
}
