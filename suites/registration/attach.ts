/** Monitors of attaches as the runtime makes them: REG-004 (cleanup routine), REG-013 to REG-016. */
import type { EventOf, Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import { Clients, isAsRuntime, isWithinLimit, type Client, type ClientVariant } from './clients.ts';
import { watchCharacteristics } from './static.ts';

const SUCCESS = 'STATUS_SUCCESS';
type Returned = EventOf<'callback-returned'>;

/** REG-004: the fixed fields, and a cleanup routine where binding contexts are allocated. */
export const watchRegistration: Watch = (say, trace) => {
  const noCleanup = new Set<string>();
  const made = new Map<number, Set<string>>();
  const owned = new Map<string, number>();
  const fixed = watchCharacteristics(say, trace);
  return together(fixed, {
    registered: (event) => {
      if (!event.inert && !event.facts.ProviderCleanupBindingContext)
        noCleanup.add(event.registration);
    },
    allocated: ({ call, block }) => {
      if (trace.call(call)?.callback !== 'ProviderAttachClient') return;
      made.set(call, (made.get(call) ?? new Set()).add(block));
    },
    freed: ({ block }) => {
      for (const blocks of made.values()) blocks.delete(block);
    },
    'callback-returned': (event) => {
      const entered = trace.call(event.call);
      const registration = entered?.registration ?? '';
      if (entered?.callback !== 'ProviderAttachClient' || !noCleanup.has(registration)) return;
      const kept =
        event.result === SUCCESS &&
        (event.context ?? null) !== null &&
        (made.get(event.call)?.size ?? 0) > 0;
      if (!kept) return;
      // One allocation may be something that all bindings share, made at the first attach.
      owned.set(registration, (owned.get(registration) ?? 0) + 1);
      if (owned.get(registration) !== 2) return;
      say.violated(
        event,
        'a provider that allocates binding contexts registers a ProviderCleanupBindingContext',
        'every attach allocates memory and puts out a binding context, and ProviderCleanupBindingContext is NULL',
      );
    },
  });
};

/** A map whose client is attached inside the registration is created there too: the provider is up by then. */
const watchEarlyMap: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call?.callback !== 'preprocess_map_create' || event.result === 'EBPF_SUCCESS') return;
    if (trace.call(call.within)?.callback !== 'start') return;
    // Where an allocation fails, refusing is right.
    if (trace.conditions.fail_allocation !== undefined) return;
    if (trace.subject.profile.accepted.length === 0) return;
    say.violated(
      event,
      'a client that is attached inside the registration is served at once',
      `a map that waited for the provider was answered with ${event.result ?? 'nothing'}`,
    );
  },
});

/** REG-013: a client of today's runtime is accepted, and both outputs are written. */
export const watchAccepts: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const alone = new Set<string>();
  return together(clients.handlers, watchEarlyMap(say, trace), {
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || !isAsRuntime(client) || clients.short.has(event.call)) return;
      if (!isWithinLimit(trace, client.others)) return;
      if (event.result === SUCCESS) {
        say.exercised();
        alone.add(client.registration);
        const unset = [
          ...(event.wrote_context === false ? ['*ProviderBindingContext'] : []),
          ...(event.wrote_dispatch === false ? ['*ProviderDispatch'] : []),
        ];
        if (unset.length === 0) return;
        say.violated(
          event,
          'an accepted attach sets both output parameters (NULL is a value)',
          `${unset.join(' and ')} was not written`,
        );
        return;
      }
      // Refused only beside other bindings: that is REG-015.
      if (client.others > 0 && alone.has(client.registration)) return;
      say.violated(
        event,
        'an attach with valid client data is answered with STATUS_SUCCESS',
        `it was answered with ${event.result ?? 'nothing'}`,
      );
    },
    lost: (event) => {
      const client = clients.byCall.get(event.call);
      if (event.callback !== 'ProviderAttachClient' || !client || !isAsRuntime(client)) return;
      say.lost(event, 'an attach with valid client data returns STATUS_SUCCESS');
    },
  });
};

/** How often a callback succeeded and failed for clients of one kind. */
type Tally = Map<string, { succeeded: number; failed: number }>;

/**
 * A rule of the form "works only when the client shows X, which the runtime never does": the same
 * callback succeeded for clients with X, over and over, and never for one without.
 */
const watchDifference =
  (isPrivileged: (variant: ClientVariant) => boolean, expected: string, without: string): Watch =>
  (say, trace) => {
    const clients = new Clients(trace);
    const seen: Record<'privileged' | 'plain', Tally> = { privileged: new Map(), plain: new Map() };
    const of = (side: 'privileged' | 'plain', callback: string) =>
      seen[side].get(callback) ?? { succeeded: 0, failed: 0 };
    const isEstablished = (callback: string): boolean => {
      const { succeeded, failed } = of('privileged', callback);
      return succeeded >= 2 && failed === 0;
    };
    const sideOf = (call: number): 'privileged' | 'plain' | null => {
      const entered = trace.call(call);
      const client = clients.byBinding.get(entered?.binding ?? '');
      if (!client) return null;
      if (!client.variant) return isAsRuntime(client) ? 'plain' : null;
      return isPrivileged(client.variant) ? 'privileged' : null;
    };
    const isBlamed = (callback: string, side: string | null): boolean =>
      side === 'plain' && isEstablished(callback) && of('plain', callback).succeeded === 0;
    return together(clients.handlers, {
      'callback-returned': (event: Returned) => {
        const side = sideOf(event.call);
        if (!side) return;
        const succeeded =
          event.result === null || event.result === SUCCESS || event.result === 'EBPF_SUCCESS';
        const tally = of(side, event.callback);
        const before = isBlamed(event.callback, side);
        seen[side].set(event.callback, {
          succeeded: tally.succeeded + (succeeded ? 1 : 0),
          failed: tally.failed + (succeeded ? 0 : 1),
        });
        if (succeeded && side === 'plain' && isEstablished(event.callback)) say.exercised();
        if (succeeded || !before || clients.short.has(event.call)) return;
        say.violated(
          event,
          expected,
          `${event.callback} succeeded ${without.replace('%', 'for a client with')} ` +
            `and answered ${event.result ?? 'nothing'} for one without`,
        );
      },
      lost: (event) => {
        const side = sideOf(event.call);
        if (isBlamed(event.callback, side)) say.lost(event, expected);
      },
    });
  };

/** REG-014: ClientDispatch is NULL, and that makes no difference. */
export const watchClientDispatch = watchDifference(
  (variant) => variant.dispatch === 'table',
  'the services are taken from NpiSpecificCharacteristics of the client registration; ClientDispatch is NULL',
  '% a table as ClientDispatch',
);

/** REG-015: bindings beside each other. */
export const watchManyBindings: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const alone = new Set<string>();
  /** Callbacks that came back while their binding had never had company. */
  const worked = new Set<string>();
  const everBeside = new Set<string>();
  return together(clients.handlers, {
    'callback-returned': (event) => {
      const binding = trace.call(event.call)?.binding ?? '';
      if (!everBeside.has(binding)) worked.add(event.callback);
      const client = clients.byCall.get(event.call);
      if (!client || !isAsRuntime(client) || clients.short.has(event.call)) return;
      if (event.result === SUCCESS) {
        alone.add(client.registration);
        if (client.others === 0) return;
        say.exercised();
        for (const one of clients.live) everBeside.add(one);
        everBeside.add(client.binding);
        return;
      }
      if (
        client.others === 0 ||
        !alone.has(client.registration) ||
        !isWithinLimit(trace, client.others)
      )
        return;
      say.violated(
        event,
        'any number of clients may be attached at the same time',
        `attach number ${client.others + 1} was answered with ${event.result ?? 'nothing'} ` +
          `while ${client.others} other binding(s) were attached`,
      );
    },
    lost: (event) => {
      const entered = trace.call(event.call);
      const binding = entered?.binding ?? '';
      const client = clients.byBinding.get(binding);
      if (!client || !isAsRuntime(client)) return;
      const crowded = everBeside.has(binding) || client.others > 0;
      const known =
        event.callback === 'ProviderAttachClient'
          ? alone.has(client.registration)
          : worked.has(event.callback);
      if (crowded && known)
        say.lost(
          event,
          'any number of bindings work beside each other, and independently',
          'others',
        );
    },
  });
};

/** Attaches with module ids of one shape, everything else as the runtime does it. */
type Shape = 'everyday' | 'time-based' | 'unversioned';

/**
 * Attaches that differ in the module id alone, each without company: one shape is always accepted and
 * another one never, time and again.
 */
class Shapes {
  private readonly tallies = new Map<Shape, { accepted: number; refused: number }>();

  /** The shape that is accepted where this one, just refused, never is; null when there is none. */
  preferred(shape: Shape, accepted: boolean): Shape | null {
    const tally = this.tallies.get(shape) ?? { accepted: 0, refused: 0 };
    tally[accepted ? 'accepted' : 'refused'] += 1;
    this.tallies.set(shape, tally);
    if (tally.accepted > 0 || tally.refused < 2) return null;
    const other = [...this.tallies].find(([, one]) => one.refused === 0 && one.accepted > 1);
    return other?.[0] ?? null;
  }

  static of(client: Client): Shape | null {
    if (client.others > 0) return null;
    if (isAsRuntime(client)) return 'everyday';
    const { module_id, ...rest } = client.variant ?? {};
    if (Object.keys(rest).length > 0 || module_id === 'same') return null;
    return module_id ?? null;
  }
}

/**
 * Clients that have one ClientBindingContext: each is a client of its own. Blamed where clients with
 * contexts of their own, side by side, fared better.
 */
const watchSharedContexts =
  (expected: string): Watch =>
  (say, trace) => {
    const clients = new Clients(trace);
    const contexts = new Map<string, string>();
    /** Callbacks that came back for ordinary clients, and whether such clients got contexts of their own. */
    const worked = new Set<string>();
    let isEachOwn = false;
    const isSame = (binding: string): boolean =>
      clients.byBinding.get(binding)?.variant?.context === 'same';
    const twin = (binding: string): string | undefined =>
      [...clients.live].find(
        (one) =>
          one !== binding && contexts.get(one) === contexts.get(binding) && contexts.has(one),
      );
    return together(clients.handlers, {
      'callback-returned': (event) => {
        const binding = trace.call(event.call)?.binding ?? '';
        const client = clients.byCall.get(event.call);
        if (!isSame(binding)) worked.add(event.callback);
        if (!client || clients.short.has(event.call)) return;
        const shared = isSame(binding);
        if (event.result !== SUCCESS) {
          const isBlamed = shared && client.others > 0 && isEachOwn;
          if (isBlamed)
            say.violated(
              event,
              expected,
              `a client with the ClientBindingContext of another was answered with ${event.result ?? 'nothing'}`,
            );
          return;
        }
        if (event.context) contexts.set(binding, event.context);
        const other = twin(binding);
        if (!shared) isEachOwn ||= client.others > 0 && other === undefined;
        else if (other !== undefined && isSame(other) && isEachOwn)
          say.violated(
            event,
            expected,
            'two clients with the same ClientBindingContext were given one binding context, others each their own',
          );
      },
      lost: (event) => {
        const binding = trace.call(event.call)?.binding ?? '';
        if (isSame(binding) && worked.has(event.callback)) say.lost(event, expected, 'client');
      },
    });
  };

/** REG-016: module id and client context are opaque. */
export const watchOpaque: Watch = (say, trace) => {
  const clients = new Clients(trace);
  let sameAccepted = false;
  let freshAccepted = 0;
  const shapes = new Shapes();
  const expected = "the client's ModuleId and ClientBindingContext are opaque to the provider";
  const context = watchDifference(
    (variant) => variant.context === 'readable',
    expected,
    '% a readable ClientBindingContext',
  )(say, trace);
  return together(clients.handlers, context, watchSharedContexts(expected)(say, trace), {
    misuse: (event) => {
      if (event.misuse === 'client-context-used')
        say.violated(event, expected, `a ${event.detail}`);
    },
    'callback-returned': (event) => {
      const client = clients.byCall.get(event.call);
      if (!client || clients.short.has(event.call)) return;
      const accepted = event.result === SUCCESS;
      const shape = Shapes.of(client);
      const preferred = shape && shapes.preferred(shape, accepted);
      if (preferred) {
        say.violated(
          event,
          expected,
          `clients with ${preferred} module ids were accepted, ` +
            `those with ${shape} ones never; this one was answered with ${event.result ?? 'nothing'}`,
        );
      }
      if (client.variant?.module_id === 'same') {
        sameAccepted ||= accepted;
        return;
      }
      if (!isAsRuntime(client)) return;
      if (accepted) {
        freshAccepted += 1;
        // Every client of the runtime has a module id that was never seen before.
        if (freshAccepted > 1) say.exercised();
      } else if (sameAccepted && freshAccepted === 1 && client.others === 0) {
        say.violated(
          event,
          expected,
          'a client with the module id of an earlier one was accepted, ' +
            `one with a new module id was answered with ${event.result ?? 'nothing'}`,
        );
      }
    },
  });
};
