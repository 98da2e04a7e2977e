/** Providers that are registered, and the clients bound to each, as the registrar sees them. */
import { isNtSuccess } from '../abi/result.ts';
import type { Registration } from '../provider/port.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import type { Recorder } from '../trace/recorder.ts';

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
  /** Attaches that have not come back: who deregisters meanwhile waits for them. */
  attaching: number;
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

/** A provider as it is when its registration has just been accepted. */
export const newlyRegistered = (
  made: Pick<Registered, 'label' | 'handle' | 'registration' | 'facts' | 'inert' | 'own'>,
): Registered => ({
  ...made,
  deregistering: false,
  complete: false,
  immediate: false,
  refusedToLeave: false,
  bindings: new Set(),
  attaching: 0,
});

/**
 * Whether the registrar keeps a binding whose attach answered this. It asks for NT_SUCCESS where
 * the client asks for STATUS_SUCCESS, so STATUS_PENDING fails the client and stays with the
 * registrar.
 */
export const isKept = (status: string): boolean =>
  !status.startsWith('not a result') && isNtSuccess(status);

/** Compares the structures of a registration with what they were (REG-003). */
export const recordChange = (recorder: Recorder, registered: Registered, when: string): void => {
  if (registered.own) return;
  const now = registered.registration.facts();
  if (now === registered.facts) return;
  const paths = differences(registered.facts, now);
  if (paths.length === 0) return;
  recorder.record({
    kind: 'registration-changed',
    registration: registered.label,
    paths,
    when,
    unreadable: now.unreadable,
  });
};

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
