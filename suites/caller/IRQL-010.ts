/**
 * IRQL-010, a MUST NOT for the provider.
 * Source: Microsoft, KeWaitForSingleObject (wdm.h): a caller at DISPATCH_LEVEL gives a timeout of
 * zero; KeAcquireSpinLock (wdm.h): raises the IRQL to DISPATCH_LEVEL; routines marked IRQL =
 * PASSIVE_LEVEL or <= APC_LEVEL
 */
import {
  type CallbackEntered,
  DISPATCH_LEVEL,
  type Requirement,
  type Watch,
  irqlName,
} from '../../harness/index.ts';
import { kernelServices } from '../state/blind-spots.ts';
import { BLOCKING } from './callback-levels.ts';

/**
 * IRQL-010: what was called below DISPATCH_LEVEL may raise itself to it, and may not block there.
 */
const watchRaisedLevel: Watch = (say, trace) => {
  const expected = 'a callback does not block at an IRQL that it raised itself';
  const blocked = new Set<number>();
  const wasLow = (call: number): CallbackEntered | undefined => {
    const entered = trace.call(call);
    return entered && entered.irql < DISPATCH_LEVEL ? entered : undefined;
  };
  return {
    'callback-returned': (event) => {
      if (wasLow(event.call)) say.exercised();
    },
    misuse: (event) => {
      const call = wasLow(event.call);
      if (!call || event.misuse === 'lowered-irql' || !BLOCKING.includes(event.misuse)) return;
      blocked.add(event.call);
      say.violated(
        event,
        expected,
        `${call.callback}, called at ${irqlName(call.irql)}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (event.how === 'hang' && blocked.has(event.call)) say.lost(event, expected);
    },
  };
};

export const rule: Requirement = {
  id: 'IRQL-010',
  asks: 'No callback waits, or calls a pageable routine, at an IRQL that it raised itself.',
  passing:
    'What callbacks that were called below DISPATCH_LEVEL asked of the host was compared with their IRQL then.',
  look: 'Waits, delays and pageable routines between KeAcquireSpinLock and KeReleaseSpinLock, or after KeRaiseIrql.',
  watch: watchRaisedLevel,
  blindSpots: { ownServices: kernelServices },
};
