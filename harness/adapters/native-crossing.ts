/**
 * The border to C: an exception must never unwind C frames, so a callback catches it, answers 0,
 * and it goes on from where C was entered.
 */
import type { Signature, NativeFunction } from './koffi-binding.ts';
import { registerCallback } from './koffi-binding.ts';

let pending: { reason: unknown } | null = null;

/** Calls C; an exception that a callback met meanwhile is thrown when C has returned. */
export const callNative = <T>(act: () => T): T => {
  const answer = act();
  if (!pending) return answer;
  const { reason } = pending;
  pending = null;
  throw reason;
};

/**
 * A C function pointer for `act`; what `act` throws waits until C has returned. `failure` is
 * answered then.
 */
export const nativeCallback = (
  signature: Signature,
  act: NativeFunction,
  failure: unknown = 0,
): bigint => {
  const answer = signature.result === 'void' ? undefined : failure;
  return registerCallback(signature, (...args) => {
    // C goes on after an exception; nothing it asks for now can be granted.
    if (pending) return answer;
    try {
      const got = act(...args);
      return signature.result === 'void' ? undefined : got;
    } catch (reason) {
      pending = { reason };
      return answer;
    }
  });
};
