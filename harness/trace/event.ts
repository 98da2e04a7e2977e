/**
 * What can happen in a run. Events are flat JSON; bytes are lower-case hex; maps, bindings,
 * registrations, contexts and blocks are labels in order of appearance (`map#1`), never addresses.
 */
import type { CallbackName, ClientFunction } from '../abi/callbacks.ts';
import type { Cause, Circumstance } from './cause.ts';
import type { BufferName, Damage } from './damage.ts';
import type { Misuse } from './misuse.ts';
import type { BlockHistory, Place } from './place.ts';
import type { Conditions, Operation } from './plan.ts';
import type { HeaderFacts, RegistrationFacts } from './registration-facts.ts';

/**
 * Live things of the subject at a point of rest.
 * @example
 * const isEmpty = ({ blocks, objects }: Balance): boolean => blocks.length + objects.length === 0;
 */
export type Balance = {
  /** Blocks that are alive, with the call that made them (0: outside any call). */
  blocks: { block: string; kind: 'epoch' | 'epoch-aligned' | 'pool'; size: number; call: number }[];
  /** Object references held, with the call that took each. */
  objects: { object: string; call: number }[];
  /** cmc_resource_count / resourceCount(), null when the subject has none. */
  resources: number | null;
};

type At = {
  /** Position in the trace, from 0. */
  seq: number;
  /** Actor index; -1 for the runtime's own deferred work. */
  actor: number;
};

/**
 * One happening of a run.
 * @example const kindsOf = (trace: TraceEvent[]): EventKind[] => trace.map(({ kind }) => kind);
 */
export type TraceEvent = At &
  (
    | {
        kind: 'run-started';
        plan: string;
        probes: string[];
        conditions: Conditions;
        choices: number;
      }
    /** An operation's first phase; `op` numbers operations over the whole run, from 1. */
    | {
        kind: 'operation-started';
        op: number;
        operation: Operation;
        caller: string;
        process: number;
      }
    | {
        kind: 'operation-ended';
        op: number;
        operation: Operation;
        result: string;
        out?: unknown;
        /** Value that an update was asked to store, as the caller gave it. */
        given?: string;
        /** Label of the map instance that the slot meant. */
        map?: string;
        /**
         * Resource count after it, when the subject counts; `settled` when no deferred work waits.
         */
        resources?: number;
        settled?: boolean;
        /** The operation did not fit (no such map …) and was not carried out. */
        skipped?: boolean;
      }
    /** A phase of a custom-map operation is done: `committed` says what the base map did. */
    | {
        kind: 'base-map';
        op: number;
        map: string;
        change: 'inserted' | 'replaced' | 'removed' | 'refused';
        key: string;
        stored?: string;
        displaced?: string;
        reason?: string;
      }
    | {
        kind: 'registered';
        registration: string;
        facts: RegistrationFacts;
        status: string;
        inert: boolean;
      }
    /** Structures of a live registration differ from what they were at registration. */
    | {
        kind: 'registration-changed';
        registration: string;
        paths: string[];
        when: string;
        unreadable: string | null;
        /** A recorded provider that edited its own structures says so, and what they say now. */
        by?: 'provider';
        facts?: RegistrationFacts;
      }
    /**
     * The runtime read a member of a provider's structure beyond header.size, or wrote one
     * (ABI-012, ABI-014).
     */
    | {
        kind: 'provider-touched';
        registration: string;
        structure: string;
        member: string;
        size: number;
        how: 'read' | 'written';
      }
    | { kind: 'deregister'; registration: string | null; status: string; bindings: number }
    | {
        kind: 'deregister-wait';
        registration: string | null;
        phase: 'entered' | 'returned' | 'never';
        status?: string;
      }
    | { kind: 'deregistered'; registration: string }
    | {
        kind: 'map-created';
        map: string;
        binding: string;
        registration: string;
        map_type: number;
        key_size: number;
        value_size: number;
        max_entries: number;
        actual_value_size: number;
        context: string | null;
      }
    | { kind: 'map-gone'; map: string; balance: Balance | null }
    | {
        kind: 'binding-state';
        binding: string;
        registration: string;
        state: 'attached' | 'refused' | 'detaching' | 'detach-pending' | 'detached' | 'cleaned';
        context: string | null;
        bare: boolean;
      }
    | CallbackEntered
    | CallbackReturned
    /** The subject did not come back from a call: an exception, signal or exit, or the deadline. */
    | {
        kind: 'lost';
        call: number;
        callback: CallbackName;
        how: 'crash' | 'hang';
        error: string;
        detail: string;
        op: number;
        during: string | null;
        /** What the call did to its buffers, where a repetition with relaxed ones told. */
        damage?: Damage[];
        /**
         * Where in the subject's code it was lost, and which block the address lies in: for people
         * only.
         */
        place?: Place;
        block?: BlockHistory;
        /** Why it was lost, where a repetition without that told. */
        cause?: Cause;
        /** Circumstances without which it was lost as well. */
        ruledOut?: Circumstance[];
      }
    | {
        kind: 'service';
        call: number;
        name: ClientFunction | string;
        result?: string;
        block?: string;
        map?: string;
        key?: string;
        entry?: number;
      }
    | {
        kind: 'misuse';
        call: number;
        misuse: Misuse;
        detail: string;
        block?: string;
        owner?: number;
        binding?: string;
        /**
         * The address is made of what a buffer of this kind was overwritten with when its call was
         * over.
         */
        stale?: BufferName;
      }
    | {
        kind: 'allocated';
        call: number;
        block: string;
        memory: 'epoch' | 'epoch-aligned' | 'pool';
        size: number;
      }
    | {
        kind: 'allocation-failed';
        call: number;
        number: number;
        size: number;
        /** Epoch memory where it is not said. */
        memory?: 'epoch' | 'epoch-aligned' | 'pool';
      }
    | { kind: 'freed'; call: number; block: string }
    | {
        kind: 'object-referenced';
        call: number;
        object: string | null;
        handle: string;
        process: number;
      }
    | { kind: 'object-dereferenced'; call: number; object: string | null }
    | {
        kind: 'balance';
        why: 'asked' | 'operation' | 'unloaded' | 'started';
        op: number;
        balance: Balance;
      }
    | { kind: 'log'; call: number; text: string }
    /** start or stop of the module; `ok` false with the reason. */
    | {
        kind: 'module';
        what: 'started' | 'start-failed' | 'stopped' | 'stop-failed';
        detail?: string;
      }
    /** The run's bounds ran out before the plan ended. */
    | { kind: 'bound-reached'; bound: string; limit: number }
    /** Every run ends with it; a trace without it is torn. */
    | { kind: 'run-ended'; operations: number; callbacks: number }
  );

/**
 * A callback is about to run, with the arguments as the provider will see them.
 * @example const isCleanup = ({ flags = 0 }: CallbackEntered): boolean => (flags & 4) !== 0;
 */
export type CallbackEntered = {
  kind: 'callback-entered';
  /** Numbers the calls of a run, from 1. */
  call: number;
  callback: CallbackName;
  op: number;
  /** Call that was running on the same actor when this one began (re-entrancy), 0 if none. */
  within: number;
  /** True when a plan's `call` or `attach` made it, not a flow of the runtime. */
  direct: boolean;
  registration?: string;
  binding?: string;
  map?: string;
  /** Label of the map or binding context handed over; null = NULL. */
  context?: string | null;
  key?: string | null;
  key_size?: number;
  /** in_value of find and update, value of the delete callbacks. */
  value?: string | null;
  value_size?: number;
  /** Size of out_value, null when NULL is passed. */
  out_size?: number | null;
  fill?: number;
  flags?: number;
  map_type?: number;
  create_key_size?: number;
  create_value_size?: number;
  max_entries?: number;
  program_type?: string;
  client?: {
    data: HeaderFacts | null;
    table: HeaderFacts | null;
    dispatch_null: boolean;
    /** Members of the client table that are not NULL; absent where nobody can tell. */
    members?: readonly string[];
    map_context_offset?: number;
  };
  irql: number;
  process: number;
  /** Runtime locks held around the call. */
  locks: number;
  /** Whether the runtime entered an epoch around the call. */
  in_epoch: boolean;
  /**
   * Version of the stored entry whose own bytes `value` is; absent when it is a copy or displaced.
   */
  entry?: number;
};

/**
 * A callback came back.
 * @example const isRefusal = (event: CallbackReturned): boolean => event.result !== 'EBPF_SUCCESS';
 */
export type CallbackReturned = {
  kind: 'callback-returned';
  call: number;
  callback: CallbackName;
  /** Result or status name; null for void; `not a result: …` when it was none. */
  result: string | null;
  /** out_value after the call. */
  out?: string | null;
  /**
   * What a lookup of the value that this update accepted must show, where the profile has a
   * function for it.
   */
  expected?: string;
  /** Block or object of the subject whose address stands in the out_value of a lookup. */
  exposes?: string;
  actual_value_size?: number | null;
  /** Whether actual_value_size and map_context were written at all (sentinel gone). */
  wrote_actual_value_size?: boolean;
  wrote_map_context?: boolean;
  /** Label of the context the provider put out (create, attach); null = NULL. */
  context?: string | null;
  wrote_context?: boolean;
  wrote_dispatch?: boolean;
  irql: number;
  /** Epochs entered by the provider in this call and not left. */
  epoch_depth: number;
  damage: Damage[];
};

/** An event before the recorder gives it its number and actor. */
export type Happening = DistributiveOmit<TraceEvent, 'seq' | 'actor'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/**
 * The kinds of events.
 * @example const kind: EventKind = 'callback-entered';
 */
export type EventKind = TraceEvent['kind'];
/**
 * The events of one kind.
 * @example const mapOf = (event: EventOf<'map-created'>): string => event.map;
 */
export type EventOf<K extends EventKind> = Extract<TraceEvent, { kind: K }>;
