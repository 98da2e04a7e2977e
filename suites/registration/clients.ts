/**
 * What every monitor of attaches needs to know of a run's bindings: who is attached, how its client
 * presented itself, and whether an attach was one that the runtime could have made.
 */
import type {
  CallbackEntered,
  EventOf,
  Handlers,
  Operation,
  TraceView,
} from '../../harness/index.ts';

export type ClientVariant = NonNullable<Extract<Operation, { op: 'attach' }>['client']>;

export type Client = {
  binding: string;
  registration: string;
  /** How the plan made the client present itself; null: as the runtime does. */
  variant: ClientVariant | null;
  facts: NonNullable<CallbackEntered['client']> | null;
  /**
   * Bindings of the same registration that were attached, or being detached, when this attach
   * began.
   */
  others: number;
  call: number;
};

/**
 * The variant of the operation that a call belongs to; null when it presents the client as the
 * runtime does.
 */
export const variantOf = (trace: TraceView, op: number): ClientVariant | null => {
  const operation = trace.operation(op)?.operation;
  if (!operation || !('client' in operation) || !operation.client) return null;
  return Object.keys(operation.client).length ? operation.client : null;
};

/** Whether the structures shown are those of today's runtime, to the byte. */
export const isAsRuntime = (client: Client): boolean => {
  const { facts, variant } = client;
  if (variant || !facts?.data || !facts.table || !facts.dispatch_null) return false;
  return (
    facts.data.version === 1 &&
    facts.data.size === 40 &&
    facts.table.version === 1 &&
    facts.table.size === 80
  );
};

/** Bindings of a run as its events tell them. */
export class Clients {
  /** By attach call. */
  readonly byCall = new Map<number, Client>();
  readonly byBinding = new Map<string, Client>();
  /** Attached and not cleaned up yet. */
  readonly live = new Set<string>();
  /** Calls in which an allocation failed: refusing is right there. */
  readonly short = new Set<number>();
  private readonly trace: TraceView;

  constructor(trace: TraceView) {
    this.trace = trace;
  }

  /** Bindings of this registration that live now. */
  liveOf(registration: string): number {
    return [...this.live].filter((one) => this.byBinding.get(one)?.registration === registration)
      .length;
  }

  /** To be merged before the monitor's own handlers. */
  readonly handlers: Handlers = {
    'callback-entered': (event) => {
      if (event.callback !== 'ProviderAttachClient') return;
      const { binding = '', registration = '', call } = event;
      const client: Client = {
        binding,
        registration,
        variant: variantOf(this.trace, event.op),
        facts: event.client ?? null,
        others: this.liveOf(registration),
        call,
      };
      this.byCall.set(call, client);
      this.byBinding.set(binding, client);
    },
    'binding-state': (event: EventOf<'binding-state'>) => {
      if (event.state === 'attached') this.live.add(event.binding);
      if (event.state === 'cleaned') this.live.delete(event.binding);
    },
    'allocation-failed': (event) => void this.short.add(event.call),
  };
}

/** Whether the number of bindings is within what the provider declares to support. */
export const isWithinLimit = (trace: TraceView, others: number): boolean =>
  trace.subject.profile.maxMaps === null || others < trace.subject.profile.maxMaps;
