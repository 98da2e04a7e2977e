/** Monitors of what helpers give out, and of where and when they may run, one per rule. */
import {
  DISPATCH_LEVEL,
  irqlName,
  type EventOf,
  type Verdicts,
  type Watch,
} from '../../harness/index.ts';
import { together } from '../together.ts';
import { helperCallsOf, misusesIn, subjectOf, type HelperCall } from './calls.ts';

/** Smaller numbers are counts, indices and codes, whatever else they may equal. */
const addressMin = 0x1_0000_0000n;
const addressBytes = 8;

/** HELP-008: what a transforming map stores is not for programs. */
export const watchStoredValue: Watch = (say, trace) => {
  const expected =
    'a helper on a transforming map gives programs neither the stored value nor a pointer to it';
  const { book, handlers } = helperCallsOf(trace);
  return together(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'own' || call.key !== 'stored' || !call.answer) return;
      say.exercised();
      judgeOutput(say, event, call, expected);
    },
  });
};

const judgeOutput = (
  say: Verdicts,
  event: EventOf<'operation-ended'>,
  call: HelperCall,
  expected: string,
): void => {
  const { returned, destination, points } = call.answer!;
  if (points === 'stored value') {
    say.violated(
      event,
      expected,
      `${subjectOf(call)} returned a pointer to the stored value itself`,
    );
    return;
  }
  const stored = call.stored ?? '';
  const first = stored.slice(0, 2 * addressBytes);
  const number = first.length === 2 * addressBytes ? littleEndian(first) : 0n;
  if (number < addressMin) return;
  if (BigInt.asUintN(64, returned) === number) {
    say.violated(
      event,
      expected,
      `${subjectOf(call)} returned the stored representation of the value`,
    );
  } else if (destination.includes(first)) {
    say.violated(
      event,
      expected,
      `${subjectOf(call)} wrote the stored representation of the value to the destination`,
    );
  }
};

const littleEndian = (hex: string): bigint =>
  BigInt(`0x${(hex.match(/../g) ?? []).reverse().join('') || '0'}`);

/** HELP-009: copies end where the program's buffer, or the value, ends. */
export const watchCopyBounds: Watch = (say, trace) => {
  const expected =
    'a helper copies no more than the value has and no more than the destination holds';
  const { book, handlers } = helperCallsOf(trace);
  const say_ = (event: EventOf<'misuse'>, call: HelperCall): void =>
    say.violated(
      event,
      expected,
      `${subjectOf(call)} with a destination of ${call.size} bytes: ${event.detail}`,
    );
  return together(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given === 'own' && call.key === 'stored' && call.answer) say.exercised();
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (call?.given === 'own' && event.misuse === 'out-of-bounds') say_(event, call);
    },
    lost: (event) => {
      const call = book.in(event.call);
      if (call?.given !== 'own' || call.key !== 'stored') return;
      const isUnexplained = !call.fitting && call.misuses.length === 0;
      if (isUnexplained || misusesIn(call, ['out-of-bounds'])) say.lost(event, expected);
    },
  });
};

/** HELP-010: before a client attached nobody knows the offset, so the map is not looked into. */
export const watchBeforeAttach: Watch = (say, trace) => {
  const expected =
    'a helper does not follow its map argument before a client has told map_context_offset';
  const { book, handlers } = helperCallsOf(trace);
  const isEarly = (call: HelperCall | undefined): call is HelperCall =>
    call?.given === 'unattached' && !book.attached;
  return together(handlers, {
    'operation-ended': (event) => {
      if (isEarly(book.of(event.op)) && book.of(event.op)?.answer) say.exercised();
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (isEarly(call)) say.violated(event, expected, `${subjectOf(call)}: ${event.detail}`);
    },
    lost: (event) => {
      if (isEarly(book.in(event.call))) say.lost(event, expected);
    },
  });
};

const blocking = ['wait-at-dispatch', 'pageable-at-dispatch', 'lowered-irql'];

/** HELP-011: programs run at DISPATCH. */
export const watchHelperIrql: Watch = (say, trace) => {
  const expected =
    'a helper works at DISPATCH_LEVEL: it neither waits, nor touches pageable memory, nor lowers the IRQL';
  const { book, handlers } = helperCallsOf(trace);
  const isRaised = (call: HelperCall | undefined): call is HelperCall =>
    (call?.irql ?? 0) >= DISPATCH_LEVEL;
  return together(handlers, {
    'operation-ended': (event) => {
      if (isRaised(book.of(event.op)) && book.of(event.op)?.answer) say.exercised();
    },
    misuse: (event) => {
      const call = book.in(event.call);
      if (isRaised(call) && blocking.includes(event.misuse)) {
        say.violated(
          event,
          expected,
          `${subjectOf(call)} at ${irqlName(call.irql)}: ${event.detail}`,
        );
      }
    },
    lost: (event) => {
      const call = book.in(event.call);
      if (!isRaised(call) || call.given !== 'own' || call.key !== 'stored') return;
      const isExplained = call.misuses.some((one) => !blocking.includes(one.misuse));
      if (call.fitting && !isExplained) say.lost(event, expected);
    },
  });
};
