/**
 * What the base map of each map must hold, worked out from what operations answered. It sees only
 * what a caller sees; keys are told apart by their references in the plan or, in a recorded trace,
 * by their bytes. Where operations on one key overlap, nothing is claimed to be known.
 */
import type {
  CallbackEntered,
  EventOf,
  HandlerTable,
  KeyRef,
  Operation,
  TraceView,
  Reporter,
  Watch,
} from '../../harness/index.ts';
import { onePerTrace, inOrder } from './in-order.ts';

/** What happened to a key last. */
export type Cause =
  'nothing' | 'update' | 'failed-update' | 'delete' | 'failed-delete' | 'failed-lookup-and-delete';

export type KeyState = {
  presence: 'present' | 'absent' | 'unknown';
  cause: Cause;
  /** Stored representation as the update callback left it; null when there is none to see. */
  stored: string | null;
  /** Value as the caller gave it. */
  given: string | null;
};

/** An operation on one key with what was known of the key when it began. */
export type KeyOperation = {
  op: number;
  operation: Operation;
  map: string;
  name: string;
  caller: string;
  before: KeyState;
  /** Another operation changed the key in the meantime. */
  overlapped: boolean;
  /** Calls of element callbacks within it, by number. */
  calls: number[];
};

type MapBook = {
  label: string;
  keys: Map<string, KeyState>;
  named: 'index' | 'bytes' | null;
  tainted: boolean;
};

const absent: KeyState = { presence: 'absent', cause: 'nothing', stored: null, given: null };
const unknown: KeyState = { presence: 'unknown', cause: 'nothing', stored: null, given: null };

export class BaseContents {
  readonly handlers: HandlerTable;
  /** The operation that just ended, for handlers of the same event. */
  ended: KeyOperation | null = null;
  private readonly trace: TraceView;
  private readonly slots = new Map<number, MapBook>();
  private readonly flying = new Map<number, KeyOperation>();
  private readonly closing = new Map<string, number | null>();

  constructor(trace: TraceView) {
    this.trace = trace;
    this.handlers = {
      'operation-started': (event) => this.started(event),
      'callback-entered': (event) => {
        if (!event.direct && event.callback.endsWith('_element'))
          this.flying.get(event.op)?.calls.push(event.call);
      },
      'operation-ended': (event) => {
        this.ended = this.finished(event);
      },
      module: (event) => event.what === 'stopped' && this.slots.clear(),
    };
  }

  /** Entries that a map held when its last handle was closed; null when that is not known. */
  leftInside(map: string): number | null {
    return this.closing.get(map) ?? null;
  }

  /** Entries of a map that are known to be there; null when something is not known. */
  count(slot: number): number | null {
    const book = this.slots.get(slot);
    if (!book || book.tainted) return null;
    const states = [...book.keys.values()];
    return states.some((one) => one.presence === 'unknown')
      ? null
      : states.filter((one) => one.presence === 'present').length;
  }

  private started(event: EventOf<'operation-started'>): void {
    const { operation } = event;
    if (!('map' in operation) || typeof operation.map !== 'number') return;
    const book = this.slots.get(operation.map);
    if (!book) return;
    if (operation.op === 'batch_update')
      for (const one of operation.entries) this.keyIn(book, one.key);
    if (operation.op !== 'find' && operation.op !== 'update' && operation.op !== 'delete') return;
    const name = this.keyIn(book, operation.key);
    if (name === null) return;
    const made: KeyOperation = {
      op: event.op,
      operation,
      map: book.label,
      name,
      caller: event.caller,
      before: book.tainted ? unknown : (book.keys.get(name) ?? absent),
      overlapped: false,
      calls: [],
    };
    for (const other of this.flying.values()) {
      if (other.map !== made.map || other.name !== name) continue;
      if (changes(other.operation)) made.overlapped = true;
      if (changes(operation)) other.overlapped = true;
    }
    this.flying.set(event.op, made);
  }

  /** The key's name in a map; a map whose keys are named in two ways is not known. */
  private keyIn(book: MapBook, key: KeyRef): string | null {
    if (key === null) return null;
    const named = typeof key === 'number' ? 'index' : 'bytes';
    const fits =
      typeof key === 'number' || key.length === 2 * (this.trace.map(book.label)?.key_size ?? -1);
    if (!fits || (book.named ?? named) !== named) book.tainted = true;
    book.named = named;
    return String(key).toLowerCase();
  }

  private finished(event: EventOf<'operation-ended'>): KeyOperation | null {
    const { operation } = event;
    if (
      operation.op === 'create' &&
      event.map &&
      this.trace.map(event.map) &&
      event.result === 'EBPF_SUCCESS'
    ) {
      this.slots.set(operation.map, {
        label: event.map,
        keys: new Map(),
        named: null,
        tainted: false,
      });
    } else if (operation.op === 'close') this.closed(operation.map, event);
    else if (operation.op === 'batch_update') this.batch(operation, event);
    const done = this.flying.get(event.op);
    if (!done) return null;
    this.flying.delete(event.op);
    const book = [...this.slots.values()].find((one) => one.label === done.map);
    if (book && changes(operation)) book.keys.set(done.name, this.after(done, event));
    return done;
  }

  private closed(slot: number, event: EventOf<'operation-ended'>): void {
    const book = this.slots.get(slot);
    if (!book || (event.out as { last?: boolean } | undefined)?.last !== true) return;
    const busy = [...this.flying.values()].some((one) => one.map === book.label);
    this.closing.set(book.label, busy ? null : this.count(slot));
    this.slots.delete(slot);
  }

  private batch(
    operation: Extract<Operation, { op: 'batch_update' }>,
    event: EventOf<'operation-ended'>,
  ): void {
    const book = this.slots.get(operation.map);
    const done = (event.out as { done?: number } | undefined)?.done ?? 0;
    if ([...this.flying.values()].some((one) => one.map === book?.label) && book)
      book.tainted = true;
    operation.entries.slice(0, done).forEach((one) => {
      book?.keys.set(String(one.key).toLowerCase(), {
        presence: 'present',
        cause: 'update',
        stored: null,
        given: null,
      });
    });
  }

  private after(done: KeyOperation, event: EventOf<'operation-ended'>): KeyState {
    if (done.overlapped) return unknown;
    const ok = event.result === 'EBPF_SUCCESS';
    if (event.skipped || event.result === 'NO_SUCH_VALUE') return done.before;
    if (done.operation.op === 'update') {
      if (!ok) return { ...done.before, cause: 'failed-update' };
      return {
        presence: 'present',
        cause: 'update',
        stored: this.storedIn(done),
        given: event.given ?? null,
      };
    }
    if (ok) return { ...absent, cause: 'delete' };
    return {
      ...done.before,
      cause: done.operation.op === 'find' ? 'failed-lookup-and-delete' : 'failed-delete',
    };
  }

  /** Representation that a successful update stored, if an update callback shows it. */
  private storedIn(done: KeyOperation): string | null {
    const call = done.calls
      .map((one) => this.trace.call(one))
      .find((one) => one?.callback === 'preprocess_map_update_element');
    if (!call) return null;
    return this.trace.subject.profile.updatesOriginalValue
      ? (this.outs.get(call.call) ?? null)
      : (call.value ?? null);
  }

  /** out_value of update calls, filled by the handler below. */
  readonly outs = new Map<number, string>();
}

const changes = (operation: Operation): boolean =>
  operation.op === 'update' ||
  operation.op === 'delete' ||
  (operation.op === 'find' && operation.delete === true);

/** The contents of a trace's maps, one book for all monitors. */
export const baseContents = onePerTrace((trace) => {
  const book = new BaseContents(trace);
  book.handlers['callback-returned'] = (event) => {
    if (event.callback === 'preprocess_map_update_element' && event.out)
      book.outs.set(event.call, event.out);
  };
  return book;
});

/** A monitor that looks at every finished operation on one key, unless it was not carried out. */
export const eachKeyOperation =
  (
    look: (
      done: KeyOperation,
      event: EventOf<'operation-ended'>,
      say: Reporter,
      trace: TraceView,
    ) => void,
  ): Watch =>
  (say, trace) => {
    const { book, handlers } = baseContents(trace);
    return inOrder(handlers, {
      'operation-ended': (event) => {
        const done = book.ended;
        if (!done || done.op !== event.op || event.skipped || event.result === 'NO_SUCH_VALUE')
          return;
        look(done, event, say, trace);
      },
    });
  };

/** Calls of an operation to these callbacks, in order. */
export const callsTo = (
  done: KeyOperation,
  trace: TraceView,
  callbacks: readonly string[],
): (CallbackEntered & { seq: number })[] =>
  done.calls
    .map((call) => trace.call(call))
    .filter((call) => call !== undefined)
    .filter((call) => callbacks.includes(call.callback));

/** A lookup whose lengths are the map's own, so that nothing but the key decides. */
export const isPlainLookup = (operation: Operation): boolean =>
  operation.op === 'find' && operation.key_size === undefined && operation.buffer === undefined;

/** Whether a program asks for something that transforming maps never allow it (FLAG-007). */
export const isRefusedToPrograms = (done: KeyOperation, trace: TraceView): boolean =>
  done.caller === 'program' && trace.subject.profile.updatesOriginalValue;
