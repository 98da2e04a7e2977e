/** Why a call was lost: what a repetition without it told. */

/** The circumstance of a lost call without which the same call returns. */
export type Cause =
  /** These bits of flags: all of them together where there are several. */
  | { what: 'flags'; flags: number }
  /** The key is NULL. */
  | { what: 'key' }
  /** A size that is not the usual one of the map. */
  | { what: 'size'; of: 'key' | 'value' | 'out_value' }
  /** The level of the call. */
  | { what: 'level'; irql: number }
  /** An allocation that failed earlier. */
  | { what: 'allocation' }
  /** The buffer ends where its size says. */
  | { what: 'bounds'; of: 'key' | 'value' | 'out_value' }
  /** out_value is NULL. */
  | { what: 'out' }
  /** Actors take turns. */
  | { what: 'order' }
  /** Other maps, clients and providers are there besides. */
  | { what: 'others' }
  /** A deregistration is under way. */
  | { what: 'deregistration' }
  /** Several processes, or none. */
  | { what: 'process' }
  /** What the client shows of itself. */
  | { what: 'client' }
  /** The harness made calls of its own before. */
  | { what: 'probe' }
  /** The map had other operations before. */
  | { what: 'history' }
  /** This condition of the run. */
  | { what: 'condition'; name: string }
  /** Work that was put off ran later than where it was asked for. */
  | { what: 'deferral' };

/** A kind of circumstance. */
export type Circumstance = Cause['what'];
