/** Rules that certain misuses break. */
import type { EventOf, Misuse, TraceView, Watch } from '../../harness/index.ts';

export const where = (trace: TraceView, event: EventOf<'misuse'>): string =>
  trace.call(event.call)?.callback ?? 'no callback';

/** What comes of following a pointer that nobody has set. */
export const WILD: readonly Misuse[] = [
  'null-access',
  'bad-access',
  'out-of-bounds',
  'free-foreign',
];

/** A rule that is broken by certain misuses, and put to the test by every call that comes back. */
export const byMisuse =
  (expected: string, misuses: readonly Misuse[]): Watch =>
  (say, trace) => {
    const guilty = new Set<number>();
    return {
      'callback-returned': () => say.exercised(),
      misuse: (event) => {
        if (!misuses.includes(event.misuse)) return;
        guilty.add(event.call);
        say.violated(event, expected, `${event.detail} (in ${where(trace, event)})`);
      },
      lost: (event) => {
        if (event.call > 0 && guilty.has(event.call)) say.lost(event, expected);
      },
    };
  };

/** Of such a rule, what a call breaks by itself, whatever came before, as a block freed twice. */
export const freedTwiceInCall = (expected: string): Watch => {
  return (say, trace) => {
    const freed = new Set<string>();
    return {
      freed: ({ block, call }) => void freed.add(`${call} ${block}`),
      misuse: (event) => {
        if (event.misuse !== 'free-twice' || !freed.has(`${event.call} ${event.block}`)) return;
        say.violated(event, expected, `${event.detail} (in ${where(trace, event)})`);
      },
    };
  };
};

export const isDispatch = (callback: string): boolean => /^(pre|post)process_/.test(callback);
