/** What is known of a lost call, as it looks in a file: what it did, where it was, and why. */
import type { Circumstance } from './cause.ts';
import { count, label, list, object, or, words } from './json-schema.ts';

/** What lost calls and others did to their buffers. */
export const damage = list(
  object(
    { what: { enum: ['modified', 'overrun', 'released', 'kept', 'touched'] }, buffer: label },
    ['what', 'buffer'],
  ),
);

const frame = {
  function: or(words),
  file: or(words),
  line: or(count),
  module: label,
  offset: or(words),
};
const frameNames = Object.keys(frame);
/** Where in the subject's code. */
export const place = object({ ...frame, stack: list(object(frame, frameNames)) }, [
  ...frameNames,
  'stack',
]);
const moment = object({ callback: label, event: count }, ['callback', 'event']);
/** The block that the address lies in. */
export const block = object(
  { block: label, size: count, offset: or({ type: 'integer' }), made: moment, freed: or(moment) },
  ['block', 'size', 'offset', 'made', 'freed'],
);

/** All kinds of circumstances. */
export const CIRCUMSTANCES: readonly Circumstance[] = [
  ...(['flags', 'key', 'size', 'level', 'allocation', 'bounds', 'out'] as const),
  ...(['order', 'others', 'deregistration', 'process', 'client', 'probe'] as const),
  ...(['history', 'condition', 'deferral'] as const),
];
/** The circumstance that it took. */
export const cause = object(
  {
    what: { enum: CIRCUMSTANCES },
    'flags?': count,
    'of?': label,
    'irql?': count,
    'name?': label,
  },
  ['what'],
);
