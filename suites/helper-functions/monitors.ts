/** Monitors of the helper functions that a provider offers to BPF programs, one per rule. */
import { DISPATCH_LEVEL, type TraceView, type Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import {
  BAD_ACCESS,
  helperCallsOf,
  isBlank,
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
const watchOwnMap =
  (
    expected: string,
    isMine: (trace: TraceView) => boolean,
    blame: (trace: TraceView) => 'violated' | 'warned',
  ): Watch =>
  (say, trace) => {
    const { book, handlers } = helperCallsOf(trace);
    const refusals = new Map<number, bigint>();
    const refused: { call: HelperCall; seq: number; returned: bigint }[] = [];
    return together(handlers, {
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
        // At DISPATCH a loss may be one of level, in a call with another breach the consequence of that.
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

/** HELP-003: the map argument leads to the provider's context through map_context_offset. */
export const watchMapArgument: Watch = watchOwnMap(
  'a helper takes its map argument for the map object of the runtime and finds the ' +
    'context of its map at map_context_offset in it',
  (trace) => trace.conditions.map_context_offset === undefined,
  () => 'violated',
);

/** CTX-004, where helpers exist: the same at offsets that nobody has seen before. */
export const watchStrangeOffset: Watch = watchOwnMap(
  'a helper finds the context of its map whatever map_context_offset the client data named',
  (trace) => trace.conditions.map_context_offset !== undefined,
  (trace) => (trace.conditions.map_context_offset === 0 ? 'warned' : 'violated'),
);

/** HELP-004: a NULL context is a native map's, and no reason to crash. */
export const watchNullContext: Watch = (say, trace) => {
  const expected =
    'a helper that finds NULL at map_context_offset fails gracefully: programs may pass native maps';
  const { book, handlers } = helperCallsOf(trace);
  return together(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'core' || !call.answer) return;
      say.exercised();
      if (!isUntouched(call.answer.destination) && book.isPublicValue(call.answer.destination)) {
        say.violated(
          event,
          expected,
          `${subjectOf(call)} gave out a value that is stored in another map`,
        );
      }
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (call?.given !== 'core' || event.misuse === 'find-wrong-map') return;
      say.violated(event, expected, `${subjectOf(call)}: ${event.detail}`);
    },
    lost: (event) => {
      if (book.in(event.call)?.given === 'core') say.lost(event, expected);
    },
  });
};

/** HELP-005: all extensions share the offset, so a context may be somebody else's. */
export const watchForeignContext: Watch = (say, trace) => {
  const expected =
    'a helper recognises its own contexts, for instance by a tag, and refuses those of other extensions';
  const { book, handlers } = helperCallsOf(trace);
  return together(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'foreign' || !call.answer) return;
      say.exercised();
      if (isBlank(call.answer.destination) || isFailure(call.answer.returned)) return;
      say.violated(event, expected, `${subjectOf(call)} was served, and wrote to the destination`);
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (call?.given !== 'foreign' || event.misuse === 'find-wrong-map') return;
      say.violated(event, expected, `${subjectOf(call)}: ${event.detail}`);
    },
    lost: (event) => {
      if (book.in(event.call)?.given === 'foreign') say.lost(event, expected);
    },
  });
};

/** HELP-006: find_element_function gets the runtime's map pointer, and its failures are handled. */
export const watchFindElement: Watch = (say, trace) => {
  const pointer = 'find_element_function is called with the map pointer that the program gave';
  const failing =
    'a helper handles every result of find_element_function but success, and a NULL value';
  const { book, handlers } = helperCallsOf(trace);
  const asked = new Map<number, string>();
  const isMissing = (call: HelperCall | undefined): boolean =>
    call?.given === 'own' && call.key === 'missing';
  return together(handlers, {
    service: (event) => {
      if (event.name === 'find_element_function') asked.set(event.call, event.result ?? '');
    },
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'own' || !call.answer) return;
      say.exercised();
      if (
        isMissing(call) &&
        !isUntouched(call.answer.destination) &&
        book.isPublicValue(call.answer.destination)
      ) {
        say.violated(
          event,
          failing,
          `${subjectOf(call)} gave out a value for a key that the map does not hold`,
        );
      }
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (event.misuse === 'find-wrong-map') {
        if (call && (call.given === 'foreign' || call.given === 'unattached')) return;
        say.violated(event, pointer, call ? `${subjectOf(call)}: ${event.detail}` : event.detail);
      } else if (isMissing(call) && BAD_ACCESS.includes(event.misuse)) {
        say.violated(
          event,
          failing,
          `${subjectOf(call!)}, which does not hold the key: ${event.detail}`,
        );
      }
    },
    lost: (event) => {
      const result = asked.get(event.call);
      const failed = result !== undefined && result !== 'EBPF_SUCCESS';
      if (book.in(event.call)?.misuses.some((one) => one.misuse === 'write-to-map')) return;
      if (isMissing(book.in(event.call)) || failed) say.lost(event, failing);
    },
  });
};

/** HELP-007: find_element_function needs an epoch, and its pointer is good until that ends. */
export const watchEpochOfFind: Watch = (say, trace) => {
  const inside =
    'find_element_function is called inside an epoch: in a callback or helper, or between epoch_enter and epoch_exit';
  const until =
    'the pointer that find_element_function gave is not used after the epoch it was got in';
  const { book, handlers } = helperCallsOf(trace);
  return together(handlers, {
    'operation-ended': (event) => {
      if (book.of(event.op)?.answer) say.exercised();
    },
    misuse: (event) => {
      if (event.misuse === 'find-outside-epoch') say.violated(event, inside, event.detail);
      if (event.misuse === 'value-used-after-epoch') say.violated(event, until, event.detail);
    },
    lost: (event) => {
      const used = book
        .in(event.call)
        ?.misuses.some((one) => one.misuse === 'value-used-after-epoch');
      if (used) say.lost(event, until);
    },
  });
};
