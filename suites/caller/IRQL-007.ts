/**
 * IRQL-007, a MUST for the provider.
 * Source: Windows driver rule; docs/CustomMaps.md#IRQL Restrictions
 */
import { type Requirement, type Watch, irqlName } from '../../harness/index.ts';
import { kernelServices } from '../state/blind-spots.ts';

const ofLocks = ['lock-not-held', 'lock-recursion'];

/** IRQL-007: back at the level of the call, which a lock that is not held gives back for none. */
const watchReturnLevel: Watch = (say, trace) => ({
  misuse: (event) => {
    if (!ofLocks.includes(event.misuse)) return;
    const { callback = 'no callback' } = trace.call(event.call) ?? {};
    const expected = 'a spin lock is acquired when it is free, and released once by who holds it';
    say.violated(event, expected, `${event.detail} (in ${callback})`);
  },
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (!call) return;
    say.exercised();
    if (event.irql === call.irql) return;
    say.violated(
      event,
      'a callback returns at the IRQL at which it was called',
      `${event.callback} was called at ${irqlName(call.irql)} and returned at ${irqlName(event.irql)}`,
    );
  },
});

export const rule: Requirement = {
  id: 'IRQL-007',
  asks: 'Every callback returns at the IRQL at which it was called.',
  passing: 'The IRQL before and after every call of all runs was compared.',
  look: 'KeRaiseIrql without KeLowerIrql, spin locks left held, and early returns between the two.',
  watch: watchReturnLevel,
  aside: watchReturnLevel,
  blindSpots: { ownServices: kernelServices },
  underThreads: {
    exercisedBy: 'irql',
    brokenBy: {
      'locks-left': 'a callback releases the spin locks that it acquires',
      'irql-changed': 'a callback returns at the level at which it was called',
    },
  },
};
