/**
 * What may have been too much for a lost call: the circumstances that an ordinary call would not
 * have had.
 */
import { ordinarySizes } from '../sim/ease.ts';
import type { Cause } from '../trace/cause.ts';
import type { CallbackEntered, EventOf, TraceEvent } from '../trace/event.ts';
import { PASSIVE_LEVEL } from '../abi/flags.ts';
import type { DispatchCallback } from '../abi/callbacks.ts';

/** The flags that the contract defines. */
const knownFlags = 0x07;

/** The call that was lost; undefined where it was none of the dispatch table. */
export const callOf = (
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
): CallbackEntered | undefined =>
  trace.find(
    (event): event is CallbackEntered & TraceEvent =>
      event.kind === 'callback-entered' &&
      event.call === lost.call &&
      event.callback === lost.callback &&
      /^(pre|post)process_/.test(event.callback),
  );

/**
 * Suspected circumstances in the order in which they are tried: first those that no runtime brings
 * about.
 */
export const suspectsOf = (
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
  transforms: boolean,
): Cause[] => {
  const call = callOf(trace, lost);
  if (!call) return [];
  const flags = call.flags ?? 0;
  const known = flags & knownFlags;
  return [
    ...(flags & ~known ? [{ what: 'flags', flags: flags & ~known } as const] : []),
    ...(call.key === null ? [{ what: 'key' } as const] : []),
    ...oddSizes(trace, call, transforms),
    ...(known && isDelete(call) ? [{ what: 'flags', flags: known } as const] : []),
    ...(call.irql > PASSIVE_LEVEL ? [{ what: 'level', irql: call.irql } as const] : []),
    ...boundsIn(call, lost),
    ...(isWithoutOut(call) ? [{ what: 'out' } as const] : []),
  ];
};

const isElement = ({ callback }: CallbackEntered): boolean => callback.endsWith('_element');

const isWithoutOut = (call: CallbackEntered): boolean =>
  isElement(call) && !isDelete(call) && (call.out_size ?? null) === null;

/** The buffers that a simulated provider may have gone beyond; natively an autopsy tells. */
const boundsIn = (call: CallbackEntered, { error, how }: EventOf<'lost'>): Cause[] => {
  if (!/Error$/.test(error) || how !== 'crash' || !isElement(call)) return [];
  const isOut = typeof call.out_size === 'number';
  return [
    ...(call.value === null ? [] : [{ what: 'bounds', of: 'value' } as const]),
    ...(call.key === null ? [] : [{ what: 'bounds', of: 'key' } as const]),
    ...(isOut ? [{ what: 'bounds', of: 'out_value' } as const] : []),
  ];
};

/** The single bits of flags. */
export const bitsOf = (flags: number): number[] =>
  Array.from({ length: 32 }, (_, bit) => (1 << bit) >>> 0).filter((bit) => (flags & bit) !== 0);

const isDelete = ({ callback }: CallbackEntered): boolean => callback.endsWith('_delete_element');

const oddSizes = (
  trace: readonly TraceEvent[],
  call: CallbackEntered,
  transforms: boolean,
): Cause[] => {
  const map = trace.find(
    (event): event is EventOf<'map-created'> =>
      event.kind === 'map-created' && event.map === call.map,
  );
  if (!map || !isElement(call)) return [];
  const usual = ordinarySizes(call.callback as DispatchCallback, { ...map, transforms });
  const made: Cause[] = [];
  if (call.key !== null && call.key_size !== usual.key) made.push({ what: 'size', of: 'key' });
  if (call.value !== null && call.value_size !== usual.value)
    made.push({ what: 'size', of: 'value' });
  if (!isDelete(call) && (call.out_size ?? null) !== usual.out_value)
    made.push({ what: 'size', of: 'out_value' });
  return made;
};
