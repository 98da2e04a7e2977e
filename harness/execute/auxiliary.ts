/**
 * The functions of a module that are no callbacks (makeValue, drain …): they are not in the trace,
 * but the subject can be lost in them all the same, and that is.
 */
import type { ModuleFunction } from '../abi/callbacks.ts';
import { lossOf } from '../adapters/attempt.ts';
import { RunEnded, type CallMarker } from '../provider/observed.ts';
import type { Loss, Subject } from '../provider/port.ts';

/**
 * The subject with those calls marked; an exception in one goes to `lose`, which must throw
 * RunEnded.
 */
export const watchAuxiliary = (
  subject: Subject,
  watch: {
    marker: CallMarker | null;
    op: () => number;
    lose: (callback: ModuleFunction, loss: Loss) => never;
  },
): Subject => {
  const watched =
    <A extends unknown[], R>(name: ModuleFunction, act: (...args: A) => R) =>
    (...args: A): R => {
      watch.marker?.enter(0, watch.op(), name);
      let answer: R;
      try {
        answer = act(...args);
      } catch (reason) {
        if (reason instanceof RunEnded) throw reason;
        return watch.lose(name, lossOf(reason));
      }
      watch.marker?.leave();
      return answer;
    };
  const { makeValue, releaseValue, resourceCount, drain } = subject;
  return {
    ...subject,
    makeValue: makeValue && watched('makeValue', makeValue),
    releaseValue: releaseValue && watched('releaseValue', releaseValue),
    resourceCount: resourceCount && watched('resourceCount', resourceCount),
    drain: drain && watched('drain', drain),
  };
};
