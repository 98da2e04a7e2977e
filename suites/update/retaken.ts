/** What a map took once it takes again: refusals that come with the number of updates. */
import type { EventOf, Operation, Watch } from '../../harness/index.ts';
import { repeatedUpdatesOf } from '../state/repeated-updates.ts';
import { inOrder } from '../state/in-order.ts';

/** Refusals of one question, each when nothing was left to be released, before there is a word. */
const refusalsMin = 2;

const isSettling = ({ op }: Operation): boolean => op === 'drain' || op === 'balance';
const isChange = (operation: Operation): boolean =>
  operation.op === 'update' || operation.op === 'delete' || operation.op === 'find';

/**
 * The same value under the same key of a map that holds the same as before. What was let go since
 * may take its time, so that only those refusals count before which everything was settled.
 */
export const watchRetaken =
  (expected: string): Watch =>
  (say, trace) => {
    const { book, handlers } = repeatedUpdatesOf(trace);
    const taken = new Set<string>();
    const refusals = new Map<string, number>();
    let isSettled = false;
    book.listen(({ event, map, question, refused }) => {
      const name = `${map.map} ${question}`;
      if (refused === null) {
        taken.add(name);
        refusals.delete(name);
        return;
      }
      if (!isSettled || !taken.has(name)) return;
      const count = (refusals.get(name) ?? 0) + 1;
      refusals.set(name, count);
      if (count !== refusalsMin) return;
      say.violated(
        event,
        expected,
        `${map.map} took the value under this key before, held the same as then, and answered ${refused}`,
      );
    });
    return inOrder(handlers, {
      // After the book's own handler: a refusal is judged by what was settled before it.
      'operation-ended': (event: EventOf<'operation-ended'>) => {
        if (isSettling(event.operation)) isSettled = true;
        else if (isChange(event.operation) && event.result === 'EBPF_SUCCESS') {
          const { operation } = event;
          isSettled = isSettled && operation.op === 'find' && operation.delete !== true;
        }
      },
    });
  };
