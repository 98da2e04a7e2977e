/**
 * REG-022, a MUST for the provider.
 * Source: Microsoft, ExAllocatePool2 function (wdm.h), return value: NULL when there is not enough
 * memory; ObReferenceObjectByHandle function (wdm.h), return value; DRIVER_INITIALIZE: a driver
 * whose initialisation fails is unloaded without a call of its unload routine
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { HARMFUL } from '../state/block-ledger.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from '../unload/deregistrations.ts';
import { type Registered, isBadHandle, sayHeld, sayRegistrations } from './refused.ts';

/** REG-022: start goes on without it, or says so and leaves nothing behind. */
const watchStartInWant: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const expected =
    'a start that is refused memory or an object goes on without it, or fails and leaves nothing behind';
  let made: Registered[] = [];
  /** Something was refused to the last start; it goes on without, or has failed. */
  let isRefused = false;
  let hasFailed = false;
  const isTried = (): boolean => {
    const { fail_start_allocation, fail_start_reference } = trace.conditions;
    return (fail_start_allocation ?? fail_start_reference) !== undefined;
  };
  const isOf = (event: { call: number }, callbacks: readonly string[]): boolean =>
    callbacks.includes(trace.call(event.call)?.callback ?? '');
  return inOrder(handlers, {
    'callback-entered': (event) => {
      if (event.callback !== 'start') return;
      made = [];
      isRefused = false;
      hasFailed = false;
    },
    registered: (event) => void made.push(event),
    'allocation-failed': (event) => {
      if (isOf(event, ['start'])) isRefused = true;
    },
    'object-referenced': (event) => {
      if (event.object === null && isOf(event, ['start'])) isRefused = true;
    },
    module: (event) => {
      if (event.what === 'stopped') return;
      // A start that asks for less than was to be refused has met this occasion, too.
      if (isTried()) say.exercised();
      hasFailed = isRefused && event.what === 'start-failed';
      if (hasFailed) sayRegistrations(say, event, expected, { made, state });
    },
    balance: (event) => {
      if (hasFailed) sayHeld(say, event, expected, { trace, after: 'it failed' });
      else if (isRefused && event.why === 'unloaded')
        sayHeld(say, event, expected, { trace, after: 'stop' });
      hasFailed = false;
    },
    misuse: (event) => {
      const isHarm = isBadHandle(event) || HARMFUL.includes(event.misuse);
      if (isRefused && isHarm && isOf(event, ['start', 'stop']))
        say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (isRefused && isOf(event, ['start', 'stop'])) say.lost(event, expected);
    },
  });
};

export const rule: Requirement = {
  id: 'REG-022',
  asks:
    'When memory or an object that start asks for is refused, start goes on without it, or says that it ' +
    'failed and leaves nothing behind.',
  passing:
    'The first eight allocations of pool memory and the first three object references of start ' +
    'were refused in turn: what failed left nothing, and what went on did no harm.',
  look:
    'The error paths of start (DriverEntry): results that are not looked at, and what was set up, ' +
    'or was not yet, when it failed.',
  watch: watchStartInWant,
  blindSpots: { externalNmr: 'an external NMR hides what a start that failed has left registered' },
};
