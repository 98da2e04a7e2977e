/** What shows that a helper does not find its own map. */
import { DISPATCH_LEVEL, type Operation, type TraceView, type Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import {
  BAD_ACCESS,
  helperCallsOf,
  isFailure,
  isUntouched,
  subjectOf,
  type HelperCall,
} from './calls.ts';

/** The value of another map under the same key, and not the one that was asked for. */
const isOfOtherMap = ({ values }: HelperCall, destination: string): boolean =>
  values !== null && destination !== values.own && values.others.includes(destination);

/**
 * What shows that a helper does not find its own map: it refuses one that holds the key in the very
 * words in which it refuses a native map, or goes astray on the way.
 */
export const watchOwnMap =
  (
    expected: string,
    isMine: (trace: TraceView) => boolean,
    blame: (trace: TraceView) => 'violated' | 'warned',
  ): Watch =>
  (say, trace) => {
    const { book, handlers } = helperCallsOf(trace);
    const refusals = new Map<number, bigint>();
    const refused: { call: HelperCall; seq: number; returned: bigint }[] = [];
    return inOrder(handlers, {
      'operation-ended': (event) => {
        const call = book.of(event.op);
        if (!call?.answer || !isMine(trace)) return;
        const { returned, destination } = call.answer;
        if (call.given === 'core') refusals.set(call.helper, returned);
        if (call.given !== 'own' || call.key !== 'stored' || !call.fitting) return;
        say.exercised();
        if (isFailure(returned) && isUntouched(destination))
          refused.push({ call, seq: event.seq, returned });
        if (isOfOtherMap(call, destination) && trace.subject.profile.valueRelation === 'identity') {
          const saw = `${subjectOf(call)} gave out what another map holds under the same key`;
          say[blame(trace)](event, expected, saw);
        }
      },
      misuse: (event) => {
        const call = book.in(event.call);
        if (call?.given !== 'own' || call.key !== 'stored' || !call.fitting || !isMine(trace))
          return;
        if (!BAD_ACCESS.includes(event.misuse)) return;
        say[blame(trace)](event, expected, `${subjectOf(call)}: ${event.detail}`);
      },
      lost: (event) => {
        const call = book.in(event.call);
        if (call?.given !== 'own' || call.key !== 'stored' || !call.fitting || !isMine(trace))
          return;
        // At DISPATCH a loss may be one of level, in a call with another breach the consequence of
        // that.
        const isPlain =
          call.irql < DISPATCH_LEVEL &&
          call.misuses.every((one) => BAD_ACCESS.includes(one.misuse));
        if (isPlain && blame(trace) === 'violated') say.lost(event, expected);
      },
      end: () => {
        for (const { call, seq, returned } of refused) {
          if (refusals.get(call.helper) !== returned) continue;
          say[blame(trace)](
            { seq },
            expected,
            `${subjectOf(call)}, which holds the key, was refused with the result that a native map gets`,
          );
        }
      },
    });
  };

export const isElementOperation = (operation: Operation): boolean =>
  ['find', 'update', 'delete'].includes(operation.op);
