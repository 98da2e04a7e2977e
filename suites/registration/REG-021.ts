/**
 * REG-021, a MUST for the provider.
 * Source: Microsoft, NmrRegisterProvider function (netioddk.h), return value
 * (STATUS_INSUFFICIENT_RESOURCES and others); Initializing and Registering a Provider Module
 * (network); DRIVER_INITIALIZE: a driver whose initialisation fails is unloaded without a call of
 * its unload routine
 */
import type { Requirement, TraceView, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from '../unload/deregistrations.ts';
import { type Registered, isBadHandle, sayHeld, sayRegistrations } from './refused.ts';

/** Whether the registrar refused what was well formed (conditions.fail_registration). */
const isRefusal = (event: Registered, trace: TraceView): boolean =>
  trace.conditions.fail_registration !== undefined &&
  event.status === 'STATUS_INSUFFICIENT_RESOURCES';

const nameOf = ({ facts }: Registered): string => `${facts.NpiId} ${facts.data?.map_type ?? ''}`;

/** REG-021: start says so and leaves nothing behind. */
const watchRefusedRegistration: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const expected =
    'a start whose registration is refused says that it failed and leaves nothing behind';
  /** Registrations of the running start. */
  let made: Registered[] = [];
  let refused: Registered | null = null;
  let hasFailed = false;
  return inOrder(handlers, {
    'callback-entered': (event) => {
      if (event.callback !== 'start') return;
      made = [];
      refused = null;
      hasFailed = false;
    },
    registered: (event) => {
      made.push(event);
      if (isRefusal(event, trace)) refused ??= event;
    },
    module: (event) => {
      if (!refused) return;
      say.exercised();
      hasFailed = event.what === 'start-failed';
      if (hasFailed) return sayRegistrations(say, event, expected, { made, state });
      const name = nameOf(refused);
      const isMadeAgain = made.some(
        (one) => one.status === 'STATUS_SUCCESS' && nameOf(one) === name,
      );
      if (event.what === 'started' && !refused.inert && !isMadeAgain) {
        say.violated(
          event,
          expected,
          `start reported success, and its registration of map type ` +
            `${refused.facts.data?.map_type ?? 0} had been answered with ${refused.status}`,
        );
      }
      refused = null;
    },
    balance: (event) => {
      if (!hasFailed) return;
      hasFailed = false;
      sayHeld(say, event, expected, { trace, after: 'it failed' });
    },
    misuse: (event) => {
      if (refused && isBadHandle(event)) say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (refused && event.callback === 'start') say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'REG-021',
  asks: 'When the registrar refuses a registration, start says so and leaves nothing behind.',
  passing:
    'Each registration was refused in turn: start failed, earlier registrations were gone, its memory ' +
    'was freed, and only handles that had been handed out went to the registrar.',
  look: 'The error path of start: a status that is not looked at, and what was set up before it.',
  watch: watchRefusedRegistration,
  blindSpots: { externalNmr: 'an external NMR refuses no registration that is well formed' },
};
