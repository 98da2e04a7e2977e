/** Runs code of a simulated subject: an exception that leaves it is a loss, not our exception. */
import { RunEnded } from '../provider/observed.ts';
import { placeOfException } from './exception-place.ts';
import type { Loss, Outcome } from '../provider/port.ts';

const messageCharactersMax = 300;

/** An exception of the subject as a loss. Exceptions of the harness pass through. */
export const lossOf = (reason: unknown): Loss => {
  if (reason instanceof RunEnded) throw reason;
  const error = reason instanceof Error ? reason.name : typeof reason;
  const text = reason instanceof Error ? reason.message : String(reason);
  const place = placeOfException(reason);
  return {
    how: 'crash',
    error: error.slice(0, 60),
    detail: text.slice(0, messageCharactersMax),
    ...(place ? { place } : {}),
  };
};

/** Runs subject code; an exception becomes a loss. */
export const attempt = <O extends Outcome>(act: () => O, lost: (loss: Loss) => O): O => {
  try {
    return act();
  } catch (reason) {
    return lost(lossOf(reason));
  }
};
