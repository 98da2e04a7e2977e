/**
 * Plans: what a run is asked to do, as JSON. A plan is actors with operations; the runtime carries
 * them out, a scheduler decides between actors by choices. Nothing here knows how.
 */

import type { Meanwhile, ObservedProvider } from './observed-provider.ts';

export type { Meanwhile, ObservedProvider };

/**
 * Who issues an operation: a user process at PASSIVE, or a BPF program at DISPATCH with HELPER.
 * @example const caller: Caller = 'program';
 */
export type Caller = 'user' | 'program';

/**
 * An index into the profile's keys, literal bytes as hex, or NULL.
 * @example const keys: KeyRef[] = [0, 'cafe0000', null];
 */
export type KeyRef = number | string | null;

/**
 * An index into the profile's valid values, literal bytes as hex, NULL, an invalid value of the
 * profile by index, or what an earlier direct update stored under a name.
 * @example const values: ValueRef[] = [0, '0100000000000000', { invalid: 1 }];
 */
export type ValueRef = number | string | null | { invalid: number } | { stored: string };

/** How a bare NMR client presents itself to ProviderAttachClient. Absent members are as shipped. */
export type ClientVariant = {
  data_version?: number;
  data_size?: number;
  table_version?: number;
  table_size?: number;
  /**
   * Bytes by which total_size exceeds size in client data and client table: there, and of no
   * meaning.
   */
  padding?: number;
  /** Members of the client table that are NULL from this one on. */
  truncate_after?: string;
  /**
   * Hand a valid client table as ClientDispatch as well (never done by the runtime; a differential
   * probe).
   */
  dispatch?: 'table';
  /** NpiSpecificCharacteristics is NULL. */
  no_data?: boolean;
  /**
   * ClientBindingContext is an address that can be read (never promised; a differential probe), or
   * the same unreadable one for all such clients: it is the client's own, and may mean nothing.
   */
  context?: 'readable' | 'same';
  /**
   * Which module id is shown: that of the attach before again, or one of two fixed ones, a version
   * 1 UUID and sixteen bytes of no UUID version (never done by the runtime; differential probes).
   */
  module_id?: 'same' | 'time-based' | 'unversioned';
};

/** Names of ebpf_map_option_t, or a number outside it. */
export type MapOption = 'EBPF_ANY' | 'EBPF_NOEXIST' | 'EBPF_EXIST' | number;

/**
 * One step of an actor. Maps, bindings and other providers are named by small slot numbers.
 * @example const update: Operation = { op: 'update', map: 0, key: 1, value: 2 };
 */
export type Operation =
  | { op: 'start' }
  | { op: 'stop' }
  | {
      op: 'create';
      map: number;
      map_type?: number;
      key_size?: number;
      value_size?: number;
      max_entries?: number;
      /** The n-th allocation (from 1) that is asked for during the creation fails. */
      fail_allocation?: number;
      /**
       * A program of this type that declares the map is loaded (only where a runtime is the
       * subject).
       */
      program?: string;
      /**
       * Length of the name, and whether an inner map is given: native types look at them, custom
       * ones do not.
       */
      name_length?: number;
      inner_map?: boolean;
      /** How the map's client presents itself; absent: as the runtime does. */
      client?: ClientVariant;
    }
  /** `key_size`: the key length that a user caller states, passed on unchecked (C-11). */
  | {
      op: 'find';
      map: number;
      key: KeyRef;
      caller?: Caller;
      delete?: boolean;
      buffer?: number;
      key_size?: number;
    }
  | {
      op: 'update';
      map: number;
      key: KeyRef;
      value: ValueRef;
      option?: MapOption;
      caller?: Caller;
      /**
       * Lengths that a user states where they are not the map's (only where a runtime is the
       * subject).
       */
      key_size?: number;
      value_size?: number;
    }
  | { op: 'delete'; map: number; key: KeyRef; caller?: Caller; key_size?: number }
  | { op: 'next_key'; map: number; key: KeyRef; key_size?: number }
  | { op: 'iterate'; map: number }
  | { op: 'push' | 'pop' | 'peek'; map: number; value?: ValueRef; caller?: Caller; buffer?: number }
  | { op: 'update_with_handle'; map: number; key?: KeyRef }
  | { op: 'value_address' | 'effective_value_size' | 'info'; map: number }
  | { op: 'batch'; map: number; delete?: boolean }
  /** Several updates in one request of a user process. */
  | {
      op: 'batch_update';
      map: number;
      entries: { key: KeyRef; value: ValueRef }[];
      option?: MapOption;
    }
  | { op: 'associate'; map: number; program_type: string }
  /** `pin`: the reference is one under a name. */
  | { op: 'hold'; map: number; pin?: true }
  | { op: 'close'; map: number; process?: number; pin?: true }
  | { op: 'find_element'; map: number; key: KeyRef }
  | { op: 'map_context'; map: number }
  /** A BPF program calls one of the provider's helpers; arguments by role (profile.helpers). */
  | {
      op: 'helper';
      helper: number;
      map: number | 'core' | 'foreign' | 'unattached';
      key?: KeyRef;
      size?: number;
    }
  /** A bare NMR client attaches or detaches, no map. */
  | { op: 'attach'; binding: number; client?: ClientVariant }
  | { op: 'detach'; binding: number }
  /** Another provider of the same map type, the harness's own and inert, comes or goes. */
  | { op: 'register_other'; other: number; map_type?: number }
  | { op: 'deregister_other'; other: number }
  /** An observing provider comes or goes (only where a runtime is the subject). */
  | { op: 'register'; provider: number; as: ObservedProvider }
  | { op: 'deregister'; provider: number }
  /** Waits for a deregistration that was answered with STATUS_PENDING. */
  | { op: 'await_deregistration'; provider: number }
  /** One callback called directly, outside the runtime's own flows: the probes of the contract. */
  | DirectCall
  /** The user closes every handle that was looked up so far: from now on it names nothing. */
  | { op: 'close_handles' }
  /** Lets all deferred work run and every epoch end. */
  | { op: 'drain' }
  /** Drains, then records what is alive. */
  | { op: 'balance' };

/**
 * A callback called with chosen arguments. What is absent is what the runtime would pass.
 * @example
 * const call: DirectCall = { op: 'call', map: 0, callback: 'postprocess_map_delete', irql: 0 };
 */
export type DirectCall = {
  op: 'call';
  map: number;
  callback: string;
  key?: KeyRef;
  key_size?: number;
  value?: ValueRef;
  value_size?: number;
  /** Size of out_value; null hands NULL and 0. */
  out_size?: number | null;
  /** Byte that out_value is filled with before the call. */
  fill?: number;
  flags?: number;
  irql?: number;
  map_type?: number;
  create_key_size?: number;
  create_value_size?: number;
  max_entries?: number;
  program_type?: string;
  /**
   * Name under which a successful update's out_value (or in_value) is kept for later `{stored}`.
   */
  save?: string;
  /** Addresses of key and value odd by one byte (native). */
  misaligned?: boolean;
};

/**
 * Somebody who works on maps: what he does comes in this order.
 * @example const idle: Actor = { caller: 'user', process: 1, operations: [] };
 */
export type Actor = { caller: Caller; process: number; operations: Operation[] };

/**
 * The named switches between readings of the contract (docs/contract/CONTRADICTIONS.md); see
 * sim/dialect.ts for sources.
 */
export type DialectName = 'as-documented' | 'as-shipped' | 'detach-first';

/**
 * Conditions of a run that the runtime may legally choose. Absent members are the default.
 * @example const conditions: Conditions = { dialect: 'as-shipped', fail_allocation: 3 };
 */
export type Conditions = {
  dialect?: DialectName;
  /** Single switches on top of the dialect. */
  switches?: Record<string, boolean>;
  /** Fill of epoch and pool memory handed out: zeroed as shipped, or garbage (EPOCH-007). */
  garbage?: boolean;
  /**
   * Reclaimed blocks are handed out again at once, so that an address comes to mean another thing.
   */
  reused_memory?: true;
  /** map_context_offset of this run (default 176). */
  map_context_offset?: number;
  /**
   * The k-th allocation (from 1) fails: of epoch memory, and of a library's pool after its start.
   */
  fail_allocation?: number;
  /** Allocations of a module's pool count and fail, too, as those of a library do. */
  pool_fails?: true;
  /** Appended bytes in client data and client table (ABI-007). */
  appended?: number;
  /** NmrDeregisterProvider answers STATUS_PENDING even when nothing is bound (Windows). */
  always_pending?: boolean;
  /**
   * The k-th well-formed registration of the run (from 1) is refused: a registrar may want of
   * memory.
   */
  fail_registration?: number;
  /** The k-th allocation of pool memory in the start (from 1) fails; later ones do not. */
  fail_start_allocation?: number;
  /** The k-th reference of an object in the module's start (from 1) is refused. */
  fail_start_reference?: number;
  /**
   * The k-th deregistration of the run (from 1) is refused with an error, and nothing has changed.
   */
  fail_deregistration?: number;
  /** The k-th wait (from 1) for a deregistration that has begun is answered with an error. */
  fail_wait?: number;
  /**
   * A client waits for the provider and is attached inside the registration: one without a map, or
   * one whose map, slot 0, is created there as well.
   */
  early_client?: 'bare' | 'map';
  /**
   * Level at which detach and cleanup are called at least (IRQL-009); absent: as the client's
   * thread is.
   */
  detach_irql?: number;
  /** The module is loaded anew for the run, so that no earlier run has left anything in it. */
  fresh_load?: true;
  /**
   * Map destruction runs in another process (LIFE-006, PROC-002); `'nobody'`: where no process is.
   */
  foreign_cleanup?: boolean | 'nobody';
  /** Key and value buffers sit at odd addresses (native; CRUD-UPD-020). */
  misaligned?: boolean;
  /** Byte that find's out_value is filled with; absent: 0x00 and 0xcc by turns. */
  find_fill?: number;
  /**
   * BPF programs run at PASSIVE_LEVEL, as those of some hooks and of test runs do; absent:
   * DISPATCH_LEVEL.
   */
  passive_programs?: boolean;
  /**
   * What the plan does may lead a right provider to break other rules than those that the plan
   * probes, so nothing else is judged by it (a probe of a SHOULD must not fail a MUST).
   */
  probes_only?: true;
  /** The map type that the run is about, where it is not the first that the module registers. */
  map_type?: number;
  /** Contract revision that says which ids are custom. */
  revision?: 'merged' | 'draft';
};

/**
 * A whole run's task. A scenario is a plan that somebody wrote and named.
 * @example const plan: Plan = { name: 'nothing happens', actors: [] };
 */
export type Plan = {
  name: string;
  /** Chapter it belongs to. */
  suite?: string;
  /** Rules that this plan provokes on purpose; a loss of the subject in it is theirs. */
  probes?: string[];
  conditions?: Conditions;
  actors: Actor[];
};

/** Picks of a run, in order: index among the actors that can move. Used up means 0. */
export type Choices = readonly number[];

/**
 * Conditions under which a plan stands aside: rare in a kernel's life, or none that any runtime
 * brings about.
 */
const asideConditions = [
  'probes_only',
  'fail_allocation',
  'garbage',
  'misaligned',
  'appended',
] as const satisfies readonly (keyof Conditions)[];

/**
 * A plan that stands aside runs when all others have run, and a loss of the subject in it counts
 * for nothing but the rules that it probes: no other plan stops short because of it.
 */
export const isAside = ({ conditions = {} }: Plan): boolean =>
  asideConditions.some((name) => conditions[name] !== undefined && conditions[name] !== false);

/**
 * A plan with one user actor.
 * @example const plan = sequential('a map', [{ op: 'start' }, { op: 'create', map: 0 }]);
 */
export const sequential = (
  name: string,
  operations: Operation[],
  rest: Partial<Omit<Plan, 'name' | 'actors'>> = {},
): Plan => ({ name, ...rest, actors: [{ caller: 'user', process: 1, operations }] });
