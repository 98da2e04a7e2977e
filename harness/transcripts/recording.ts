/** The log of recording providers: calls by order of return, numbered by order of entry. */
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../abi/flags.ts';
import type { ClientData, Host } from '../provider/module.ts';
import { toHex } from '../trace/recorder.ts';

/**
 * Answer of find_element_function from inside a callback, with the value's first value_size bytes.
 */
export type RecordedLookup = { result: string; value?: string };

/** One callback as the provider saw it. */
export type RecordedCall = {
  /** Number of the entry, from 1. */
  entered: number;
  name: string;
  args: Record<string, unknown>;
  ret: string | null;
  wrote?: unknown;
  lookup?: RecordedLookup | null;
  irql: string;
};

/** A call that has not returned yet. */
export type BegunCall = Pick<RecordedCall, 'entered' | 'name' | 'args' | 'irql'>;

/** An operation that a provider carried out from inside a callback. */
export type RecordedReentry = { entered: null; name: string; ret: string };

/** What attach puts out as binding context. */
export type BindingContext = { label: string; client: ClientData | null };

/** What create puts out as map context. */
export type MapContext = { label: string; client: ClientData | null; value_size: number };

export type ReentrantOperation = 'find' | 'update' | 'delete';

/**
 * What recording providers write to, and what they ask of whoever runs them. One serves many
 * providers.
 */
export class Recording {
  bindings = 0;
  /** Map contexts put out, oldest first. */
  readonly mapContexts: MapContext[] = [];
  /**
   * Address of the map that the running operation is about, 0n when there is none. A provider
   * learns map addresses from helper calls only, which no recorded flow makes.
   */
  readonly currentMap: () => bigint;
  private readonly carryOut: (op: ReentrantOperation, key: string) => string;
  private calls: (RecordedCall | RecordedReentry)[] = [];
  private entries = 0;
  private reentering = false;

  /** @param asks.reenter carries an operation out on the current map and answers its result */
  constructor(asks: {
    currentMap: () => bigint;
    reenter: (op: ReentrantOperation, key: string) => string;
  }) {
    this.currentMap = asks.currentMap;
    this.carryOut = asks.reenter;
  }

  /** Notes a call's entry and what is true then. */
  begin(
    host: Pick<Host, 'KeGetCurrentIrql'>,
    name: string,
    args: Record<string, unknown>,
  ): BegunCall {
    return { entered: (this.entries += 1), name, args, irql: irqlText(host.KeGetCurrentIrql()) };
  }

  /** Notes its return. */
  end(
    begun: BegunCall,
    ret: string | null,
    more: Pick<RecordedCall, 'wrote' | 'lookup'> = {},
  ): void {
    this.calls.push({ ...begun, ret, ...more });
  }

  /** Re-entrancy is one level deep: callbacks of the nested operation do not re-enter again. */
  reenter(op: ReentrantOperation, key: string, from: string): void {
    if (this.reentering) return;
    this.reentering = true;
    const ret = this.carryOut(op, key);
    this.reentering = false;
    this.calls.push({ entered: null, name: `<reentrant ${op} from ${from}>`, ret });
  }

  /** The calls since the last take, by order of return. */
  take(): (RecordedCall | RecordedReentry)[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }
}

const irqlText = (irql: number): string =>
  irql === PASSIVE_LEVEL ? 'PASSIVE' : irql === DISPATCH_LEVEL ? 'DISPATCH' : `IRQL ${irql}`;

/** The label of a context that a recording provider made; null for NULL. */
export const labelOf = (context: unknown): string | null =>
  (context as { label?: string } | null)?.label ?? null;

/** Bytes as hex, null for NULL. */
export const hexOf = (bytes: Uint8Array | null): string | null => bytes && toHex(bytes);
