/**
 * Map creations as a trace tells them: which providers were on offer, who was asked to attach, who
 * got preprocess_map_create, what the caller was answered. Rules about discovery are functions of
 * it.
 */
import type {
  EventOf,
  Handlers,
  Operation,
  RegistrationFacts,
  TraceView,
} from '../../harness/index.ts';
import { onePerTrace, inOrder } from '../state/in-order.ts';
import { bindProblems } from './structure.ts';

/** A provider that a map's client could find at a moment. */
export type Offer = {
  registration: string;
  facts: RegistrationFacts;
  map_type: number | null;
  base_map_type: number | null;
  /** Why nobody may bind to it; empty when it is well formed. */
  problems: string[];
  /** The harness's own silent provider (`register_other`): its attaches are not in the trace. */
  own: boolean;
  /** Its structures were seen to change; what they say is not known any more. */
  changed: boolean;
  deregistering: boolean;
  /** Event of its registration. */
  since: number;
};

export type Attach = {
  call: number;
  registration: string;
  binding: string;
  seq: number;
  /** What it answered, and when; null: it has not come back. */
  status: string | null;
  back: number | null;
};

/** One `create` operation from its first phase to its answer. */
export type Creation = {
  op: number;
  actor: number;
  operation: Extract<Operation, { op: 'create' }>;
  map_type: number;
  /** Live offers at its start, in order of registration. */
  offers: readonly Offer[];
  /** Providers came or went while it ran: who should have been asked is not certain. */
  unsettled: boolean;
  attaches: Attach[];
  creates: { call: number; registration: string; binding: string; seq: number }[];
  bound: EventOf<'map-created'> | null;
  /** An allocation failed in one of its calls. */
  shortOfMemory: boolean;
  result: string;
  /** Its last event. */
  seq: number;
};

/** Registration label of the harness's own providers. */
const ownLabel = (other: number): string => `other ${other}`;

export const isWellFormed = (offer: Offer): boolean =>
  offer.problems.length === 0 && !offer.changed && !offer.deregistering;

/** Whether the runtime may choose this offer for a map of this type. */
export const isEligible = (offer: Offer, map_type: number): boolean =>
  isWellFormed(offer) && offer.map_type === map_type && offer.base_map_type === 1;

const otherFacts = { NpiId: null, data: null } as unknown as RegistrationFacts;

/** Follows offers through a trace. */
export class Offers {
  private readonly all: Offer[] = [];
  private readonly trace: TraceView;
  /** Grows whenever an offer comes or goes. */
  changes = 0;

  constructor(trace: TraceView) {
    this.trace = trace;
  }

  /** Everything that is registered and not going, oldest first. */
  live(): Offer[] {
    return this.all.filter((offer) => !offer.deregistering).map((offer) => ({ ...offer }));
  }

  /** Registered at all, also when its deregistration has begun. */
  known(): readonly Offer[] {
    return this.all;
  }

  readonly handlers: Handlers = {
    registered: (event) => {
      if (event.inert || event.status !== 'STATUS_SUCCESS') return;
      this.add({
        registration: event.registration,
        facts: event.facts,
        map_type: event.facts.data?.map_type ?? null,
        base_map_type: event.facts.data?.base_map_type ?? null,
        problems: bindProblems(event.facts),
        own: false,
        changed: false,
        deregistering: false,
        since: event.seq,
      });
    },
    'registration-changed': (event) => {
      const found = this.all.find((offer) => offer.registration === event.registration);
      if (found) found.changed = true;
    },
    deregister: (event) => this.leave(event.registration),
    deregistered: (event) => this.leave(event.registration),
    'operation-ended': (event) => {
      const { operation } = event;
      if (operation.op === 'register_other') {
        this.add({
          registration: ownLabel(operation.other),
          facts: otherFacts,
          map_type: operation.map_type ?? this.trace.subject.profile.mapType,
          base_map_type: 1,
          problems: [],
          own: true,
          changed: false,
          deregistering: false,
          since: event.seq,
        });
      }
      if (operation.op === 'deregister_other') this.leave(ownLabel(operation.other));
    },
  };

  private add(offer: Offer): void {
    this.all.push(offer);
    this.changes += 1;
  }

  private leave(registration: string | null): void {
    for (const offer of this.all) {
      if (offer.registration !== registration || offer.deregistering) continue;
      offer.deregistering = true;
      this.changes += 1;
    }
  }
}

/** What a rule about creations looks at. */
export type CreationWatch = {
  /** A creation is over. */
  ended?: (creation: Creation, offers: Offers) => void;
  /** ProviderAttachClient runs for a map of the runtime outside every creation. */
  strayAttach?: (event: EventOf<'callback-entered'>) => void;
};

/** Creations of one trace, put together once for all rules that watch them. */
class Creations {
  readonly watchers: CreationWatch[] = [];
  readonly offers: Offers;
  readonly handlers: Handlers;
  private readonly running = new Map<number, Creation & { changes: number }>();
  private readonly registering = new Set<number>();
  private readonly byCall = new Map<number, Attach>();
  private readonly trace: TraceView;

  constructor(trace: TraceView) {
    this.trace = trace;
    this.offers = new Offers(trace);
    this.handlers = inOrder(this.offers.handlers, {
      'operation-started': (event) => this.begin(event),
      'callback-entered': (event) => this.entered(event),
      'callback-returned': (event) => {
        const attach = this.byCall.get(event.call);
        if (attach) Object.assign(attach, { status: event.result, back: event.seq });
      },
      'allocation-failed': (event) => {
        const creation = this.running.get(trace.call(event.call)?.op ?? 0);
        if (creation) creation.shortOfMemory = true;
      },
      'map-created': (event) => this.bound(event),
      'operation-ended': (event) => this.end(event),
    });
  }

  private begin({ op, actor, operation, seq }: EventOf<'operation-started'>): void {
    if (operation.op === 'register') this.registering.add(op);
    if (operation.op !== 'create') return;
    this.running.set(op, {
      op,
      actor,
      operation,
      map_type: operation.map_type ?? this.trace.subject.profile.mapType,
      offers: this.offers.live(),
      unsettled: false,
      attaches: [],
      creates: [],
      bound: null,
      shortOfMemory: false,
      result: '',
      seq,
      changes: this.offers.changes,
    });
  }

  private entered(event: EventOf<'callback-entered'>): void {
    const { call, registration = '', binding = '', seq } = event;
    if (event.direct) return;
    const creation = this.running.get(event.op) ?? this.servedBy(event);
    if (event.callback === 'ProviderAttachClient') {
      if (!creation) {
        for (const watcher of this.watchers) watcher.strayAttach?.(event);
        return;
      }
      const attach: Attach = { call, registration, binding, seq, status: null, back: null };
      creation.attaches.push(attach);
      this.byCall.set(call, attach);
    }
    if (event.callback === 'preprocess_map_create') {
      creation?.creates.push({ call, registration, binding, seq });
    }
  }

  /**
   * A client that waits for a provider is attached by whoever registers one: the creation that runs
   * meanwhile, for a map of its type.
   */
  private servedBy({ callback, op, registration }: EventOf<'callback-entered'>) {
    const asked = this.registering.has(op) && callback === 'ProviderAttachClient';
    const offer = this.offers.known().find((one) => one.registration === registration);
    const open = [...this.running.values()].filter((one) => one.map_type === offer?.map_type);
    const isNew = ({ attaches }: Creation): boolean =>
      attaches.every((one) => one.registration !== registration);
    return asked ? (open.find(isNew) ?? open[0]) : undefined;
  }

  /**
   * The creation that made a map has its binding; one that no attach is seen of, because the
   * provider is the harness's own, has its actor.
   */
  private bound(event: EventOf<'map-created'>): void {
    const open = [...this.running.values()].filter(({ bound }) => bound === null);
    const isOf = ({ binding }: { binding: string }): boolean => binding === event.binding;
    const mine =
      open.find(({ attaches, creates }) => attaches.some(isOf) || creates.some(isOf)) ??
      open.find(({ attaches, actor }) => attaches.length === 0 && actor === event.actor);
    if (mine) mine.bound = event;
  }

  private end({ op, operation, result, seq, skipped }: EventOf<'operation-ended'>): void {
    const creation = this.running.get(op);
    this.registering.delete(op);
    this.running.delete(op);
    if (!creation || operation.op !== 'create' || skipped || result === 'SLOT_IN_USE') return;
    Object.assign(creation, { result, seq, unsettled: creation.changes !== this.offers.changes });
    for (const watcher of this.watchers) watcher.ended?.(creation, this.offers);
  }
}

const creationsOf = onePerTrace((trace) => new Creations(trace));

/** Handlers that put creations together and hand them over. */
export const watchCreations = (trace: TraceView, watch: CreationWatch): Handlers => {
  const { book, handlers } = creationsOf(trace);
  book.watchers.push(watch);
  return handlers;
};
