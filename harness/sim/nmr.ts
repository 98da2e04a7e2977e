/**
 * The Network Module Registrar, as far as map providers meet it (spec B.8): registrations match by
 * NPI id, attach runs synchronously in registration order, deregistration is pending while bindings
 * exist, detach comes before cleanup.
 */
import { EBPF_MAP_INFO_EXTENSION_IID } from '../abi/guid.ts';
import { isNtSuccess } from '../abi/result.ts';
import type { Registration, ClientPresentation } from '../provider/port.ts';
import type { Crossing } from '../provider/observed.ts';
import type { Thread } from '../provider/thread.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import { opaqueClientContext } from './epoch-memory.ts';
import { recordMisuse } from './misuse.ts';

/** A provider known to the registrar. */
export type Registered = {
  label: string;
  handle: bigint;
  registration: Registration;
  /** Facts at registration; later readings are compared with them. */
  facts: RegistrationFacts;
  /** Registered under another NPI id, or by the harness itself: never offered to map clients. */
  inert: boolean;
  /** The harness's own provider, standing in for a competitor: its calls are not the subject's. */
  own: boolean;
  deregistering: boolean;
  complete: boolean;
  /** Deregistration answered STATUS_SUCCESS at once: there is nothing to wait for. */
  immediate: boolean;
  /** A deregistration was refused with an error: it is as registered as before. */
  refusedToLeave: boolean;
  bindings: Set<Binding>;
};

/** One client bound, or being bound, to one provider. */
export type Binding = {
  label: string;
  handle: bigint;
  registered: Registered;
  context: unknown;
  wroteContext: boolean;
  state: 'attached' | 'refused' | 'detach-pending' | 'detached' | 'cleaned';
  /** ProviderDetachClient returned (or is skipped). */
  detachedByProvider: boolean;
  /** The client's side is done: its map is gone. */
  clientDone: boolean;
  bare: boolean;
};

type Parts = {
  recorder: Recorder;
  crossing: Crossing;
  providerDetachFirst: boolean;
  alwaysPending: boolean;
  /** The registration that is refused although it is well formed, counted from 1. */
  failRegistration: number | null;
  /** The deregistration that is refused with an error, counted from 1. */
  failDeregistration: number | null;
  /** Least IRQL of detach and cleanup. */
  detachIrql: number;
  /** A registration was accepted and has not returned yet: clients that wait attach now (B.8). */
  onRegistered: (thread: Thread, registered: Registered) => void;
};

export class NmrRegistrar {
  readonly registered: Registered[] = [];
  private readonly parts: Parts;
  private handles = 0x10n;
  private wellFormed = 0;
  private departures = 0;
  private readonly labels = new WeakMap<Binding, string>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** A competitor of the harness's own: registered like any other, bound like any other, silent. */
  registerOwn(registration: Registration): bigint {
    const handle = (this.handles += 0x10n);
    this.registered.push({
      label: `other@${handle}`,
      handle,
      registration,
      facts: registration.facts(),
      inert: false,
      own: true,
      deregistering: false,
      complete: false,
      immediate: false,
      refusedToLeave: false,
      bindings: new Set(),
    });
    return handle;
  }

  deregisterOwn(handle: bigint): void {
    const found = this.registered.find((one) => one.handle === handle);
    if (found) found.deregistering = true;
  }

  register(thread: Thread, registration: Registration): { status: string; handle: bigint } {
    const { recorder } = this.parts;
    const facts = registration.facts();
    const inert = facts.NpiId !== EBPF_MAP_INFO_EXTENSION_IID;
    const wellFormed = facts.Version === 0 && facts.Length === 72 && facts.instance?.Size === 40;
    const isValid = wellFormed && facts.ProviderAttachClient && facts.ProviderDetachClient;
    const accepted = isValid && (this.wellFormed += 1) !== this.parts.failRegistration;
    const status = accepted
      ? 'STATUS_SUCCESS'
      : isValid
        ? 'STATUS_INSUFFICIENT_RESOURCES'
        : 'STATUS_INVALID_PARAMETER';
    const label = recorder.fresh('registration');
    recorder.actor = thread.actor;
    recorder.record({ kind: 'registered', registration: label, facts, status, inert });
    if (!accepted) return { status, handle: 0n };
    const handle = (this.handles += 0x10n);
    const registered: Registered = {
      label,
      handle,
      registration,
      facts,
      inert,
      own: false,
      deregistering: false,
      complete: false,
      immediate: false,
      refusedToLeave: false,
      bindings: new Set(),
    };
    this.registered.push(registered);
    if (!inert) this.parts.onRegistered(thread, registered);
    return { status, handle };
  }

  deregister(thread: Thread, handle: bigint): string {
    const { recorder } = this.parts;
    const found = this.registered.find((one) => one.handle === handle && !one.deregistering);
    if (!found) {
      recordMisuse(
        recorder,
        thread,
        'deregister-bad-handle',
        'NmrDeregisterProvider was called with a handle that is not registered',
      );
      return 'STATUS_INVALID_HANDLE';
    }
    this.compare(found, 'deregistration');
    if ((this.departures += 1) === this.parts.failDeregistration) {
      found.refusedToLeave = true;
      const { size: bindings } = found.bindings;
      const status = 'STATUS_INSUFFICIENT_RESOURCES';
      recorder.actor = thread.actor;
      recorder.record({ kind: 'deregister', registration: found.label, status, bindings });
      return status;
    }
    found.refusedToLeave = false;
    found.deregistering = true;
    found.immediate = false;
    const pending = [...found.bindings].filter((binding) => binding.state !== 'cleaned');
    const status =
      pending.length > 0 || this.parts.alwaysPending ? 'STATUS_PENDING' : 'STATUS_SUCCESS';
    recorder.actor = thread.actor;
    recorder.record({
      kind: 'deregister',
      registration: found.label,
      status,
      bindings: pending.length,
    });
    if (this.parts.providerDetachFirst) {
      for (const binding of pending) this.providerDetach(thread, binding);
    }
    found.immediate = status === 'STATUS_SUCCESS';
    if (found.immediate) this.complete(found);
    else this.settle(found);
    return status;
  }

  /**
   * The registration behind a handle whose deregistration was refused: a wait for it is answered at
   * once.
   */
  refusedToLeave(handle: bigint): Registered | null {
    return this.registered.find((one) => one.handle === handle && one.refusedToLeave) ?? null;
  }

  /** The registration that a wait is for; null for a handle that cannot be waited for. */
  waitable(handle: bigint): Registered | null {
    return this.registered.find((one) => one.handle === handle && one.deregistering) ?? null;
  }

  /** Providers a client of maps is offered, in registration order. */
  offers(): Registered[] {
    return this.registered.filter((one) => !one.inert && !one.deregistering);
  }

  /** One client attaches to one provider. The binding is kept only when the provider accepted. */
  attach(
    thread: Thread,
    registered: Registered,
    offer: {
      client: (binding: Binding) => ClientPresentation;
      moduleId: string;
      bare: boolean;
      /** ClientBindingContext; absent: an address that nobody can read. */
      clientContext?: bigint;
    },
  ): { binding: Binding; status: string } {
    const { crossing, recorder } = this.parts;
    this.compare(registered, 'attach');
    const binding: Binding = {
      label: recorder.fresh('binding'),
      handle: (this.handles += 0x10n),
      registered,
      context: null,
      wroteContext: false,
      state: 'attached',
      detachedByProvider: false,
      clientDone: false,
      bare: offer.bare,
    };
    if (registered.own) {
      binding.context = binding;
      registered.bindings.add(binding);
      return { binding, status: 'STATUS_SUCCESS' };
    }
    const client = offer.client(binding);
    const outcome = crossing.call(
      thread,
      {
        callback: 'ProviderAttachClient',
        direct: offer.bare,
        registration: registered.label,
        binding: binding.label,
        client: {
          data: client.data,
          table: client.table,
          dispatch_null: !client.dispatch,
          members: client.members,
          map_context_offset: Number(client.map_context_offset),
        },
      },
      () =>
        registered.registration.attach({
          bindingHandle: binding.handle,
          moduleId: offer.moduleId,
          clientBindingContext: offer.clientContext ?? opaqueClientContext + binding.handle,
          client,
        }),
      (back) => ({
        context: back.context === null ? null : this.contextLabel(binding, back.context),
        wrote_context: back.wroteContext,
        wrote_dispatch: back.wroteDispatch,
      }),
    );
    binding.context = outcome.context;
    binding.wroteContext = outcome.wroteContext;
    const status = outcome.result ?? 'STATUS_UNSUCCESSFUL';
    const accepted = status === 'STATUS_SUCCESS';
    if (isKept(status)) registered.bindings.add(binding);
    if (accepted) this.state(thread, binding, 'attached');
    else this.refuse(thread, binding, status);
    return { binding, status };
  }

  /** The client is done with the binding (its map is gone): detach and cleanup follow. */
  release(thread: Thread, binding: Binding): void {
    binding.clientDone = true;
    if (binding.registered.own) {
      binding.registered.bindings.delete(binding);
      return;
    }
    if (binding.registered.registration.isEndedElsewhere?.(binding.handle)) return;
    if (!binding.detachedByProvider && binding.state !== 'detach-pending') {
      this.providerDetach(thread, binding);
    } else {
      this.finish(thread, binding);
    }
  }

  /**
   * A registrar elsewhere has ended a binding: what it did is entered here in the order that it
   * must have had.
   */
  endedElsewhere(thread: Thread, handle: bigint): void {
    const binding = this.bindingOf(handle);
    if (binding) this.release(thread, binding);
  }

  /** NmrProviderDetachClientComplete. */
  detachComplete(thread: Thread, handle: bigint): void {
    const binding = this.bindingOf(handle);
    if (!binding || binding.state !== 'detach-pending') {
      recordMisuse(
        this.parts.recorder,
        thread,
        'detach-complete-unexpected',
        'NmrProviderDetachClientComplete was called for a binding with no detach pending',
      );
      return;
    }
    binding.detachedByProvider = true;
    this.state(thread, binding, 'detached');
    this.finish(thread, binding);
  }

  /** Whether every registration that is deregistering has come to its end. */
  settle(registered: Registered): void {
    const live = [...registered.bindings].some((binding) => binding.state !== 'cleaned');
    if (registered.deregistering && !live) this.complete(registered);
  }

  /** Compares the structures of a registration with what they were (REG-003). */
  compare(registered: Registered, when: string): void {
    if (registered.own) return;
    const now = registered.registration.facts();
    if (now === registered.facts) return;
    const paths = differences(registered.facts, now);
    if (paths.length === 0) return;
    this.parts.recorder.record({
      kind: 'registration-changed',
      registration: registered.label,
      paths,
      when,
      unreadable: now.unreadable,
    });
  }

  /** As the binding's own, it outlives the end of a map whose context is the same number. */
  private contextLabel(binding: Binding, context = binding.context): string {
    const label = this.labels.get(binding) ?? this.parts.recorder.label('context', context);
    this.labels.set(binding, label);
    return label;
  }

  private bindingOf(handle: bigint): Binding | undefined {
    return this.registered.flatMap((one) => [...one.bindings]).find((one) => one.handle === handle);
  }

  private refuse(thread: Thread, binding: Binding, status: string): void {
    binding.state = 'refused';
    this.state(thread, binding, 'refused');
    // The registrar runs cleanup when the provider wrote a context although it refused (B.8).
    if (isKept(status)) return;
    if (binding.wroteContext && binding.context !== null) this.cleanup(thread, binding);
    else binding.registered.registration.retire?.(binding.handle);
  }

  private providerDetach(thread: Thread, binding: Binding): void {
    this.state(thread, binding, 'detaching');
    if (binding.context === null) {
      binding.detachedByProvider = true;
      this.state(thread, binding, 'detached');
      this.finish(thread, binding);
      return;
    }
    const outcome = this.raised(thread, () =>
      this.parts.crossing.call(
        thread,
        {
          callback: 'ProviderDetachClient',
          direct: binding.bare,
          registration: binding.registered.label,
          binding: binding.label,
          context: this.contextLabel(binding),
        },
        () => {
          // Set before the call: the provider may complete a pending detach from inside it.
          binding.state = 'detach-pending';
          return binding.registered.registration.detach(binding.context, binding.handle);
        },
      ),
    );
    if (binding.detachedByProvider) return;
    if (outcome.result === 'STATUS_PENDING') {
      this.state(thread, binding, 'detach-pending');
      return;
    }
    binding.detachedByProvider = true;
    this.state(thread, binding, 'detached');
    this.finish(thread, binding);
  }

  private finish(thread: Thread, binding: Binding): void {
    if (!binding.clientDone || !binding.detachedByProvider || binding.state === 'cleaned') return;
    binding.state = 'detached';
    this.cleanup(thread, binding);
    binding.registered.bindings.delete(binding);
    this.settle(binding.registered);
  }

  private cleanup(thread: Thread, binding: Binding): void {
    const { facts, registration, label } = binding.registered;
    if (binding.context !== null && facts.ProviderCleanupBindingContext) {
      this.raised(thread, () =>
        this.parts.crossing.call(
          thread,
          {
            callback: 'ProviderCleanupBindingContext',
            direct: binding.bare,
            registration: label,
            binding: binding.label,
            context: this.contextLabel(binding),
          },
          () => registration.cleanup(binding.context),
        ),
      );
    }
    this.state(thread, binding, 'cleaned');
    const shared = this.registered.some((one) =>
      [...one.bindings].some((other) => other !== binding && other.context === binding.context),
    );
    if (!shared) this.parts.recorder.forget('context', binding.context);
    registration.retire?.(binding.handle);
  }

  /** The registrar calls detach and cleanup at any level up to DISPATCH_LEVEL (IRQL-009). */
  private raised<T>(thread: Thread, act: () => T): T {
    const { irql } = thread;
    thread.irql = Math.max(irql, this.parts.detachIrql);
    const answer = act();
    thread.irql = irql;
    return answer;
  }

  private complete(registered: Registered): void {
    if (registered.complete) return;
    registered.complete = true;
    this.parts.recorder.record({ kind: 'deregistered', registration: registered.label });
  }

  private state(
    thread: Thread,
    binding: Binding,
    state: 'attached' | 'refused' | 'detaching' | 'detach-pending' | 'detached' | 'cleaned',
  ): void {
    if (state !== 'detaching') binding.state = state;
    this.parts.recorder.actor = thread.actor;
    this.parts.recorder.record({
      kind: 'binding-state',
      binding: binding.label,
      registration: binding.registered.label,
      state,
      context: binding.context === null ? null : this.contextLabel(binding),
      bare: binding.bare,
    });
  }
}

/**
 * Whether the registrar keeps a binding whose attach answered this. It asks for NT_SUCCESS where
 * the client asks for STATUS_SUCCESS, so STATUS_PENDING fails the client and stays with the
 * registrar.
 */
export const isKept = (status: string): boolean =>
  !status.startsWith('not a result') && isNtSuccess(status);

/** Paths at which two readings of the same structures differ. */
const differences = (before: unknown, after: unknown, path = ''): string[] => {
  if (
    typeof before !== 'object' ||
    typeof after !== 'object' ||
    before === null ||
    after === null
  ) {
    return Object.is(before, after) ? [] : [path];
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    differences(
      (before as Record<string, unknown>)[name],
      (after as Record<string, unknown>)[name],
      path ? `${path}.${name}` : name,
    ),
  );
};
