/** Calls that others overlap, and what sounds like a lock. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import { isRuledOut } from '../state/cause.ts';
import { inOrder } from '../state/in-order.ts';
import { overlapsOf, type Overlaps } from './overlap.ts';
import { troublesOf, type Trouble } from './trouble.ts';

export const UPDATE = 'preprocess_map_update_element';

/**
 * A rule that is put to the test by some calls in company, and broken by trouble that is its own.
 */
export const inCompany =
  (
    expected: string,
    tests: (event: EventOf<'callback-entered'>, overlaps: Overlaps) => boolean,
    isMine: (trouble: Trouble, overlaps: Overlaps, trace: TraceView) => boolean,
  ): Watch =>
  (say, trace) => {
    const { book: overlaps, handlers: first } = overlapsOf(trace);
    const { book: troubles, handlers: second } = troublesOf(trace);
    troubles.listeners.push((trouble) => {
      if (!isMine(trouble, overlaps, trace)) return;
      if (trouble.lost) say.lost(trouble.lost, expected, ofOrder(trouble.lost));
      else say.violated(trouble.at, expected, trouble.saw);
    });
    return inOrder(first, second, {
      'callback-entered': (event) => {
        if (!event.direct && tests(event, overlaps)) say.exercised();
      },
    });
  };

/**
 * A wait for another operation is CONC-007's where it claims it; everything else that comes of
 * company is everybody's.
 */
const ofOrder = (lost: EventOf<'lost'>): 'order' | undefined =>
  lost.how === 'hang' && !isRuledOut(lost, 'order') ? undefined : 'order';

const soundsLikeLock = /dead.?lock|lock|mutex|re-?entr|recurs|call stack/i;

/**
 * A hang, or an exception that speaks of a lock: a simulated provider cannot wait, it can only say
 * so.
 */
export const isLockLoss = (lost: EventOf<'lost'>): boolean =>
  lost.how === 'hang' || soundsLikeLock.test(`${lost.error} ${lost.detail}`);
