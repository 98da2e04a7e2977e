/** Monitors over the value ledger: a rule names the kinds of acts that are its own. */
import type { Watch } from '../harness/index.ts';
import { valueLedger, type Tag } from './value-ledger.ts';
import { together } from './together.ts';

/**
 * Violated when the ledger does not add up after an act with one of these tags; exercised by acts
 * with one of `tests` (default: the same).
 */
export const watchLedger =
  (tags: readonly Tag[], expected: string, tests: readonly Tag[] = tags): Watch =>
  (say, trace) => {
    const { book, handlers } = valueLedger(trace);
    let seen = 0;
    let counted = 0;
    const look = (): void => {
      for (; seen < book.suspicions.length; seen += 1) {
        const one = book.suspicions[seen]!;
        if (tags.some((tag) => one.tags.has(tag))) say.violated(one, expected, one.saw);
      }
      const now = tests.reduce((sum, tag) => sum + (book.acts.get(tag) ?? 0), 0);
      if (now > counted) say.exercised(now - counted);
      counted = now;
    };
    return together(handlers, {
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
