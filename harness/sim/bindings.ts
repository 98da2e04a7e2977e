/**
 * * Clients bound to providers (docs/contract/REGISTRAR.md): attach runs synchronously, detach may
 * stay pending, and cleanup comes when both sides are done.
 */
import type { ClientPresentation } from '../provider/port.ts';
import type { Crossing } from '../provider/observed.ts';
import type { Thread } from '../provider/thread.ts';
import type { Recorder } from '../trace/recorder.ts';
import { opaqueClientContext } from './epoch-memory.ts';
import { recordMisuse } from './misuse.ts';
import { isKept, recordChange, type Binding, type Registered } from './registered.ts';

type Parts = {
  recorder: Recorder;
  crossing: Crossing;
  /** Least IRQL of detach and cleanup. */
  detachIrql: number;
  registered: readonly Registered[];
  nextHandle: () => bigint;
  /** A registration has a binding less, or an attach that runs. */
  onGone: (registered: Registered) => void;
};

export class Bindings {
  private readonly parts: Parts;
  private readonly labels = new WeakMap<Binding, string>();

  constructor(parts: Parts) {
    this.parts = parts;
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
      clientContext?: bigint | undefined;
    },
  ): { binding: Binding; status: string } {
    const { crossing, recorder } = this.parts;
    recordChange(recorder, registered, 'attach');
    const binding: Binding = {
      label: recorder.fresh('binding'),
      handle: this.parts.nextHandle(),
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
    registered.attaching += 1;
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
    registered.attaching -= 1;
    binding.context = outcome.context;
    binding.wroteContext = outcome.wroteContext;
    const status = outcome.result ?? 'STATUS_UNSUCCESSFUL';
    const accepted = status === 'STATUS_SUCCESS';
    if (isKept(status)) registered.bindings.add(binding);
    if (accepted) this.state(thread, binding, 'attached');
    else this.refuse(thread, binding, status);
    this.parts.onGone(registered);
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
    this.detached(thread, binding);
  }

  /** Asks the provider to detach a client, which may not be done yet itself. */
  providerDetach(thread: Thread, binding: Binding): void {
    this.state(thread, binding, 'detaching');
    if (binding.context === null) {
      this.detached(thread, binding);
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
    if (outcome.result === 'STATUS_PENDING') this.state(thread, binding, 'detach-pending');
    else this.detached(thread, binding);
  }

  private refuse(thread: Thread, binding: Binding, status: string): void {
    binding.state = 'refused';
    this.state(thread, binding, 'refused');
    // The registrar runs cleanup when the provider wrote a context although it refused (B.8).
    if (isKept(status)) return;
    if (binding.wroteContext && binding.context !== null) this.cleanup(thread, binding);
    else binding.registered.registration.retire?.(binding.handle);
  }

  private detached(thread: Thread, binding: Binding): void {
    binding.detachedByProvider = true;
    this.state(thread, binding, 'detached');
    this.finish(thread, binding);
  }

  private finish(thread: Thread, binding: Binding): void {
    if (!binding.clientDone || !binding.detachedByProvider || binding.state === 'cleaned') return;
    binding.state = 'detached';
    this.cleanup(thread, binding);
    binding.registered.bindings.delete(binding);
    this.parts.onGone(binding.registered);
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
    const shared = this.parts.registered.some((one) =>
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

  /** As the binding's own, it outlives the end of a map whose context is the same number. */
  private contextLabel(binding: Binding, context = binding.context): string {
    const label = this.labels.get(binding) ?? this.parts.recorder.label('context', context);
    this.labels.set(binding, label);
    return label;
  }

  private bindingOf(handle: bigint): Binding | undefined {
    return this.parts.registered
      .flatMap((one) => [...one.bindings])
      .find((one) => one.handle === handle);
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
