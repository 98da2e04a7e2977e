/** What goes for registrations that nobody attached to. */
import type { Watch } from '../../harness/index.ts';

/**
 * A module that is stopped before any client came stops all the same (REG-018, DUP-003). `counts`
 * says which runs count.
 */
export const watchUnattached =
  (counts: (seen: { others: number }) => boolean, expected: string): Watch =>
  (say, trace) => {
    let attached = false;
    let others = 0;
    let startCall = 0;
    const live = new Set<string>();
    const isDue = (): boolean => !attached && startCall > 0 && counts({ others });
    return {
      'callback-entered': (event) => {
        if (event.callback === 'ProviderAttachClient') attached = true;
        if (event.callback === 'start') startCall = event.call;
      },
      'operation-ended': ({ operation }) => {
        if (operation.op === 'register_other') others += 1;
      },
      registered: (event) => {
        if (!event.inert && event.status === 'STATUS_SUCCESS') live.add(event.registration);
      },
      deregistered: ({ registration }) => void live.delete(registration),
      misuse: (event) => {
        if (!isDue() || trace.call(event.call)?.callback !== 'stop') return;
        if (event.misuse === 'wait-bad-handle' || event.misuse === 'deregister-bad-handle') {
          say.violated(event, expected, event.detail);
        }
      },
      module: (event) => {
        if (event.what !== 'stopped' || !isDue()) return;
        say.exercised();
        const [left] = live;
        if (left)
          say.violated(event, expected, `${left} is still registered when stop has returned`);
      },
      lost: (event) => {
        if (isDue() && event.callback === 'stop') say.lost(event, expected);
      },
      balance: (event) => {
        if (event.why !== 'unloaded' || !isDue()) return;
        const [block] = event.balance.blocks;
        if (block) {
          say.violated(
            event,
            expected,
            `${block.block} (${block.size} bytes) is still alive after a life without clients`,
          );
        }
      },
    };
  };
