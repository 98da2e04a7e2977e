/**
 * HELP-008, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Provider Properties; issue #5464
 */
import type { EventOf, Requirement, Reporter, Watch } from '../../harness/index.ts';
import { transforms, when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { type HelperCall, helperCallsOf, subjectOf } from './calls.ts';
import { hasHelpers } from './conditions.ts';

/** Smaller numbers are counts, indices and codes, whatever else they may equal. */
const addressMin = 0x1_0000_0000n;

const addressBytes = 8;

/** HELP-008: what a transforming map stores is not for programs. */
const watchStoredValue: Watch = (say, trace) => {
  const expected =
    'a helper on a transforming map gives programs neither the stored value nor a pointer to it';
  const { book, handlers } = helperCallsOf(trace);
  return inOrder(handlers, {
    'operation-ended': (event) => {
      const call = book.of(event.op);
      if (call?.given !== 'own' || call.key !== 'stored' || !call.answer) return;
      say.exercised();
      judgeOutput(say, event, call, expected);
    },
  });
};

const judgeOutput = (
  say: Reporter,
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

export const rule: Requirement = {
  id: 'HELP-008',
  asks:
    'A helper of a transforming map gives BPF programs neither the stored value nor a ' +
    'pointer by which they could reach it.',
  passing: 'What helpers returned and wrote was compared with what the update callback had stored.',
  look:
    'The return value and the copy of the helper: do they come from the object, or from ' +
    'the map entry that refers to it?',
  applies: when(hasHelpers, transforms),
  watch: watchStoredValue,
};
