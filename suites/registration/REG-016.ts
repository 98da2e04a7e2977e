/**
 * REG-016, a MUST NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create (ebpf_guid_create); netioddk
 * (NMR contract)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { SUCCESS, watchDifference } from './attach.ts';
import { type Client, Clients, isAsRuntime } from './clients.ts';

/** Attaches with module ids of one shape, everything else as the runtime does it. */
type Shape = 'everyday' | 'time-based' | 'unversioned';

/**
 * Attaches that differ in the module id alone, each without company: one shape is always accepted
 * and another one never, time and again.
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
 * Clients that have one ClientBindingContext: each is a client of its own. Blamed where clients
 * with contexts of their own, side by side, fared better.
 */
const watchSharedContexts =
  (expected: string): Watch =>
  (say, trace) => {
    const clients = new Clients(trace);
    const contexts = new Map<string, string>();
    /**
     * Callbacks that came back for ordinary clients, and whether such clients got contexts of their
     * own.
     */
    const worked = new Set<string>();
    let isEachOwn = false;
    const isSame = (binding: string): boolean =>
      clients.byBinding.get(binding)?.variant?.context === 'same';
    const twin = (binding: string): string | undefined =>
      [...clients.live].find(
        (one) =>
          one !== binding && contexts.get(one) === contexts.get(binding) && contexts.has(one),
      );
    return inOrder(clients.handlers, {
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
const watchOpaque: Watch = (say, trace) => {
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
  return inOrder(clients.handlers, context, watchSharedContexts(expected)(say, trace), {
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

export const rule: Requirement = {
  id: 'REG-016',
  asks: "The client's ModuleId and ClientBindingContext mean nothing to a provider.",
  passing:
    'Clients with module ids never seen before, and with a context at an unreadable ' +
    'address, were served like others.',
  look: 'ProviderAttachClient: comparisons with known module ids, reads through ClientBindingContext.',
  watch: watchOpaque,
};
