/**
 * Which operations of different actors were under way at the same time, with their callbacks done
 * in part: the only concurrency there is in a run that moves phase by phase. Judges nothing.
 */
import type { CallbackEntered, EventOf, Handlers, TraceView } from '../../harness/index.ts';
import { onePerTrace } from '../state/in-order.ts';

export type Call = CallbackEntered & { seq: number };

/** An operation, or the destruction of a map, from its first event to its last. */
export type Flight = {
  name: string;
  actor: number;
  map: string | undefined;
  /** Map and key, for element operations that got to a callback. */
  place: string | null;
  kind: 'update' | 'find' | 'delete' | 'lifetime' | 'other';
  callbacks: number;
  /** The update callback has accepted and the operation is not over. */
  between: boolean;
  /** It has been under way together with the beginning or end of another map. */
  metLifetime: boolean;
  /** Map and key as the plan names them; null for operations without a key. */
  target: string | null;
};

const UPDATE = 'preprocess_map_update_element';
export const DELETERS: readonly string[] = [
  'preprocess_map_delete_element',
  'postprocess_map_delete_element',
];

export const placeOf = (event: { map?: string; key?: string | null }): string | null =>
  event.map !== undefined && typeof event.key === 'string' ? `${event.map} ${event.key}` : null;

const kindOf = (op: string, removes: boolean): Flight['kind'] => {
  if (op === 'update') return 'update';
  if (op === 'delete' || removes) return 'delete';
  if (op === 'find') return 'find';
  return op === 'create' ? 'lifetime' : 'other';
};

export class Overlaps {
  readonly handlers: Handlers;
  /**
   * Whether operations of different actors have been under way together, each with a callback done.
   */
  begun = false;
  private readonly trace: TraceView;
  private readonly flights = new Map<string, Flight>();
  private readonly others = new Map<number, Flight[]>();
  private readonly own = new Map<number, Flight>();
  private readonly mixed = new Map<string, Set<string>>();
  private readonly crossed = new Set<string>();
  private readonly ends = new Map<string, string>();

  constructor(trace: TraceView) {
    this.trace = trace;
    this.handlers = {
      'operation-started': (event) => this.started(event),
      'operation-ended': (event) => void this.flights.delete(`op ${event.op}`),
      'callback-entered': (event) => this.entered(event),
      'callback-returned': (event) => this.returned(event),
      'binding-state': (event) => {
        if (event.state === 'cleaned') this.flights.delete(this.ends.get(event.binding) ?? '');
      },
    };
  }

  /**
   * Operations of other actors, each with a callback done, that were under way when a call was
   * made.
   */
  beside(call: number): readonly Flight[] {
    return this.others.get(call) ?? [];
  }

  /** The operation or destruction that a call belongs to. */
  flightOf(call: number): Flight | undefined {
    return this.own.get(call);
  }

  /** Whether operations of these kinds have met on this key of this map so far. */
  haveMet(place: string | null, one: Flight['kind'], other: Flight['kind']): boolean {
    return place !== null && (this.mixed.get(place)?.has([one, other].sort().join()) ?? false);
  }

  /** Whether an operation on this place was under way together with one on another place. */
  wasCrossed(place: string | null): boolean {
    return place !== null && this.crossed.has(place);
  }

  /**
   * Operations of other actors that were given the same map and key, whether or not they reach a
   * callback.
   */
  onSameTarget(call: number): Flight[] {
    const flight = this.own.get(call);
    if (!flight || flight.target === null) return [];
    return [...this.flights.values()].filter(
      (one) => one.actor !== flight.actor && one.target === flight.target,
    );
  }

  private started(event: EventOf<'operation-started'>): void {
    const { operation, op, actor } = event;
    const removes = operation.op === 'find' && operation.delete === true;
    this.flights.set(`op ${op}`, {
      name: operation.op,
      actor,
      map: undefined,
      place: null,
      kind: kindOf(operation.op, removes),
      callbacks: 0,
      between: false,
      metLifetime: false,
      target:
        'map' in operation && 'key' in operation
          ? JSON.stringify([operation.map, operation.key])
          : null,
    });
  }

  private entered(event: EventOf<'callback-entered'>): void {
    if (event.direct) return;
    const flight = this.flightFor(event);
    if (!flight) return;
    const others = [...this.flights.values()].filter(
      (one) => one !== flight && one.actor !== flight.actor && one.callbacks > 0,
    );
    this.own.set(event.call, flight);
    if (others.length) {
      this.begun = true;
      this.others.set(event.call, others);
    }
    flight.callbacks += 1;
    flight.map ??= event.map;
    flight.place ??= placeOf(event);
    for (const other of others) {
      if (other.kind === 'lifetime' && (other.map === undefined || other.map !== flight.map))
        flight.metLifetime = true;
      if (flight.kind === 'lifetime' && (other.map === undefined || other.map !== flight.map))
        other.metLifetime = true;
      if (flight.place === null || other.place === null) continue;
      if (other.place !== flight.place) {
        this.crossed.add(flight.place).add(other.place);
        continue;
      }
      const met = this.mixed.get(flight.place) ?? new Set();
      this.mixed.set(flight.place, met.add([flight.kind, other.kind].sort().join()));
    }
  }

  /** The operation of a call; destructions run for themselves and are known by their map. */
  private flightFor(event: EventOf<'callback-entered'>): Flight | undefined {
    const flight = this.flights.get(`op ${event.op}`);
    if (event.op > 0 && event.actor >= 0 && flight?.kind !== undefined) return flight;
    if (event.map === undefined && event.binding === undefined) return undefined;
    const name =
      event.map === undefined ? (this.ends.get(event.binding ?? '') ?? '') : `end of ${event.map}`;
    if (name === '') return undefined;
    if (event.binding !== undefined) this.ends.set(event.binding, name);
    const known = this.flights.get(name);
    if (known) return known;
    // Two destructions are two threads, although both are the runtime's.
    const made: Flight = {
      name,
      actor: -2 - this.ends.size,
      map: event.map,
      place: null,
      kind: 'lifetime',
      callbacks: 0,
      between: false,
      metLifetime: false,
      target: null,
    };
    this.flights.set(name, made);
    return made;
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    const flight = this.own.get(event.call);
    if (flight && call?.callback === UPDATE) flight.between = event.result === 'EBPF_SUCCESS';
  }
}

/** The overlaps of a trace, kept once for all monitors. */
export const overlapsOf = onePerTrace((trace) => new Overlaps(trace));
