/**
 * REG-015, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Discovery and Creation
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { servesSeveral, when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { SUCCESS } from './attach.ts';
import { Clients, isAsRuntime, isWithinLimit } from './clients.ts';

/** REG-015: bindings beside each other. */
const watchManyBindings: Watch = (say, trace) => {
  const clients = new Clients(trace);
  const alone = new Set<string>();
  /** Callbacks that came back while their binding had never had company. */
  const worked = new Set<string>();
  const everBeside = new Set<string>();
  return inOrder(clients.handlers, {
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

export const rule: Requirement = {
  id: 'REG-015',
  asks: 'Any number of clients may be attached at the same time: every map is a client of its own.',
  passing:
    'Up to seventy clients were attached, and sixteen maps lived, beside each other, within the declared limit.',
  look: 'Static state of a single binding: it must be per binding context.',
  applies: when(servesSeveral),
  watch: watchManyBindings,
};
