/** Monitors over the value ledger: a rule names the kinds of acts that are its own. */
import type { Watch } from '../../harness/index.ts';
import type { Tag } from './held-value.ts';
import { valueLedger } from './value-ledger.ts';
import { inOrder } from './in-order.ts';
import { valueHistory } from './value-history.ts';

/**
 * Violated when the ledger does not add up after an act with one of these tags; exercised by acts
 * with one of `tests` (default: the same).
 */
export const watchLedger =
  (tags: readonly Tag[], expected: string, tests: readonly Tag[] = tags): Watch =>
  (say, trace) => {
    const { book: history, handlers: watched } = valueHistory(trace);
    const { book, handlers } = valueLedger(trace);
    const seen = [0, 0];
    let counted = 0;
    const look = (): void => {
      [book, history].forEach(({ suspicions }, index) => {
        for (; seen[index]! < suspicions.length; seen[index]! += 1) {
          const one = suspicions[seen[index]!]!;
          if (tags.some((tag) => one.tags.has(tag))) say.violated(one, expected, one.saw);
        }
      });
      const now = tests.reduce((sum, tag) => sum + (book.acts.get(tag) ?? 0), 0);
      if (now > counted) say.exercised(now - counted);
      counted = now;
    };
    return inOrder(watched, handlers, {
      'callback-returned': look,
      'operation-ended': look,
      balance: look,
      misuse: look,
      lost: (event) => {
        look();
        const own = book.suspicions.find(
          (one) => one.call === event.call && tags.some((tag) => one.tags.has(tag)),
        );
        if (own) say.lost(event, expected);
      },
    });
  };
