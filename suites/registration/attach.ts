/**
 * Monitors of attaches as the runtime makes them: REG-004 (cleanup routine), REG-013 to REG-016.
 */
import type { EventOf, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { Clients, isAsRuntime, type ClientVariant } from './clients.ts';

export const SUCCESS = 'STATUS_SUCCESS';
type Returned = EventOf<'callback-returned'>;

/** How often a callback succeeded and failed for clients of one kind. */
type Tally = Map<string, { succeeded: number; failed: number }>;

/**
 * A rule of the form "works only when the client shows X, which the runtime never does": the same
 * callback succeeded for clients with X, over and over, and never for one without.
 */
export const watchDifference =
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
    return inOrder(clients.handlers, {
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
