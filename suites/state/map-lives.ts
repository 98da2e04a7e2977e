/**
 * What a trace tells about the lives of maps: who made them, what refers to them, what they should
 * hold by the results of operations, and how they ended. Kept for monitors; judges nothing.
 */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  type EventOf,
  type Handlers,
  type Operation,
  type ValueRef,
} from '../../harness/index.ts';
import { type Digest, toggle } from './entry-digest.ts';
import { onePerTrace } from './in-order.ts';

/** One map from creation to end. */
export type MapLife = {
  map: string;
  created: EventOf<'map-created'>;
  /** Process that asked for it. */
  process: number;
  /** Handles, pins and program references that operations made and have not dropped. */
  references: number;
  /** Key references to what was stored under them, as far as results tell. */
  entries: Map<string, ValueRef>;
  /** The same for equal entries, in whatever order they came. */
  digest: Digest;
  /** Whether an insert ever succeeded. */
  inserted: boolean;
  /** False once changes overlapped, so that results no longer say what is stored. */
  sure: boolean;
  /** Calls of postprocess_map_delete by the runtime's own flow. */
  deletes: number;
  /** Process mark in which it was destroyed; null before. */
  endedIn: number | null;
  gone: boolean;
};

/** A key as the plan names it, so that equal names mean equal keys. */
export const keyName = (operation: Operation): string =>
  'key' in operation ? JSON.stringify(operation.key) : '';

const changes = (operation: Operation): boolean =>
  operation.op === 'update' ||
  operation.op === 'delete' ||
  (operation.op === 'find' && operation.delete === true);

/** Operations whose effect on entries is none, or is told by their result alone. */
const plain: ReadonlySet<string> = new Set([
  'find',
  'update',
  'delete',
  'next_key',
  'iterate',
  'push',
  'pop',
  'peek',
  'update_with_handle',
  'value_address',
  'effective_value_size',
  'info',
  'associate',
  'hold',
  'close',
  'find_element',
  'map_context',
  'helper',
  'call',
]);

export class MapLives {
  /** Every map that was created, by label. */
  readonly lives = new Map<string, MapLife>();
  /** Most maps that were alive at the same time. */
  peak = 0;
  /**
   * Whether element callbacks were called directly, so that the provider's own count says little.
   */
  meddled = false;
  readonly handlers: Handlers;
  private readonly registrations = new Set<string>();
  private readonly slots = new Map<number, string>();
  private readonly operations = new Map<number, string>();
  private readonly processes = new Map<number, number>();
  private readonly busy = new Map<string, number>();
  /**
   * A deregistration is waited for: when nobody else can move, processes end and their handles
   * close.
   */
  private waiting = false;

  constructor() {
    this.handlers = {
      registered: (event) => void this.registrations.add(event.registration),
      'operation-started': (event) => this.operationStarted(event),
      'operation-ended': (event) => this.operationEnded(event),
      'map-created': (event) => this.mapCreated(event),
      'callback-entered': (event) => this.callbackEntered(event),
      'deregister-wait': (event) => void (this.waiting = event.phase === 'entered'),
      'map-gone': (event) => {
        const life = this.lives.get(event.map);
        if (life) life.gone = true;
      },
    };
  }

  alive(): MapLife[] {
    return [...this.lives.values()].filter((life) => !life.gone);
  }

  of(map: string | undefined): MapLife | undefined {
    return map === undefined ? undefined : this.lives.get(map);
  }

  /** The map that an operation was given when it began. */
  mapOf(op: number): MapLife | undefined {
    return this.of(this.operations.get(op));
  }

  /** Whether an operation that may change the map is under way. */
  isChanging(life: MapLife): boolean {
    return (this.busy.get(life.map) ?? 0) > 0;
  }

  /** Whether a map has lost its last reference and is not gone yet. */
  isEnding(): boolean {
    return this.alive().some((life) => life.references <= 0);
  }

  /** Whether the map was destroyed by somebody else than the process that made it. */
  endedElsewhere(life: MapLife): boolean {
    return life.endedIn !== null && life.endedIn !== life.process;
  }

  private operationStarted(event: EventOf<'operation-started'>): void {
    const { operation, op } = event;
    this.processes.set(event.actor, event.process);
    if (!('map' in operation) || typeof operation.map !== 'number') return;
    const label = this.slots.get(operation.map);
    if (label === undefined) return;
    this.operations.set(op, label);
    const life = this.of(label);
    if (!life) return;
    if (!plain.has(operation.op)) {
      life.sure = false;
      life.inserted = true;
    }
    if (!changes(operation)) return;
    const busy = (this.busy.get(label) ?? 0) + 1;
    this.busy.set(label, busy);
    if (busy > 1) life.sure = false;
  }

  private operationEnded(event: EventOf<'operation-ended'>): void {
    const { operation, result } = event;
    if (!('map' in operation) || typeof operation.map !== 'number') return;
    if (operation.op === 'create') {
      if (result === 'EBPF_SUCCESS' && event.map) this.slots.set(operation.map, event.map);
      return;
    }
    const life = this.mapOf(event.op);
    if (!life) return;
    if (changes(operation)) this.busy.set(life.map, (this.busy.get(life.map) ?? 1) - 1);
    if (event.skipped) return;
    if (operation.op === 'hold') life.references += 1;
    else if (operation.op === 'close') this.closed(life, operation.map);
    else if (result === 'EBPF_SUCCESS') note(life, operation);
  }

  private closed(life: MapLife, slot: number): void {
    life.references -= 1;
    if (life.references > 0) return;
    if ((this.busy.get(life.map) ?? 0) > 0) life.sure = false;
    if (this.slots.get(slot) === life.map) this.slots.delete(slot);
  }

  private abandoned(life: MapLife): void {
    life.references = 0;
    for (const [slot, map] of this.slots) if (map === life.map) this.slots.delete(slot);
  }

  private mapCreated(event: EventOf<'map-created'>): void {
    // A competitor of the harness's own serves maps too; its callbacks are not in the trace.
    if (!this.registrations.has(event.registration)) return;
    this.lives.set(event.map, {
      map: event.map,
      created: event,
      process: this.processes.get(event.actor) ?? 1,
      references: 1,
      entries: new Map(),
      digest: [0, 0],
      inserted: false,
      sure: true,
      deletes: 0,
      endedIn: null,
      gone: false,
    });
    this.peak = Math.max(this.peak, this.alive().length);
  }

  private callbackEntered(event: EventOf<'callback-entered'>): void {
    if (event.direct && event.callback.endsWith('_element')) this.meddled = true;
    const life = this.of(event.map);
    if (!life || event.direct) return;
    const isDelete = event.callback === 'postprocess_map_delete';
    if (this.waiting && (isDelete || ((event.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0)) {
      this.abandoned(life);
    }
    if (!isDelete) return;
    life.deletes += 1;
    life.endedIn ??= event.process;
  }
}

const note = (life: MapLife, operation: Operation): void => {
  const isUpdate = operation.op === 'update';
  if (!isUpdate && !changes(operation)) return;
  const key = keyName(operation);
  const before = life.entries.get(key);
  if (before !== undefined) toggle(life.digest, key, before);
  if (isUpdate) {
    life.entries.set(key, operation.value);
    toggle(life.digest, key, operation.value);
    life.inserted = true;
  } else {
    life.entries.delete(key);
  }
};

/** The lives in a trace, kept once for all monitors. */
export const livesOf = onePerTrace(() => new MapLives());
