/** Monitors of a start that is refused what it asks for: REG-021 a registration, REG-022 memory or an object. */
import type { EventOf, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { amount, byMaker, HARMFUL } from '../block-ledger.ts';
import { together } from '../together.ts';
import { deregistrationsOf } from '../unload/deregistrations.ts';

type Registered = EventOf<'registered'>;
type Deregistrations = ReturnType<typeof deregistrationsOf>['book'];

/** Whether the registrar refused what was well formed (conditions.fail_registration). */
const isRefusal = (event: Registered, trace: TraceView): boolean =>
  trace.conditions.fail_registration !== undefined &&
  event.status === 'STATUS_INSUFFICIENT_RESOURCES';

const nameOf = ({ facts }: Registered): string => `${facts.NpiId} ${facts.data?.map_type ?? ''}`;

const isBadHandle = ({ misuse }: EventOf<'misuse'>): boolean =>
  misuse === 'deregister-bad-handle' || misuse === 'wait-bad-handle';

/** Says what a start that failed has left registered. */
const sayRegistrations = (
  say: Verdicts,
  event: EventOf<'module'>,
  expected: string,
  { made, state }: { made: readonly Registered[]; state: Deregistrations },
): void => {
  for (const { registration, status } of made) {
    const found = state.of(registration);
    const isOver = found && (found.status !== 'STATUS_PENDING' || found.waited);
    if (status !== 'STATUS_SUCCESS' || isOver) continue;
    const saw = found ? 'was not waited for' : 'was left registered';
    say.violated(event, expected, `${registration} ${saw} by the start that failed`);
  }
};

/** Says what memory and references that a start took are there still. */
const sayHeld = (
  say: Verdicts,
  event: EventOf<'balance'>,
  expected: string,
  { trace, after }: { trace: TraceView; after: string },
): void => {
  const sum = [...byMaker(event.balance)].find(([call]) => trace.call(call)?.callback === 'start');
  if (sum) say.violated(event, expected, `${amount(sum[1])} of start still there after ${after}`);
};

/** REG-021: start says so and leaves nothing behind. */
export const watchRefusedRegistration: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const expected =
    'a start whose registration is refused says that it failed and leaves nothing behind';
  /** Registrations of the running start. */
  let made: Registered[] = [];
  let refused: Registered | null = null;
  let hasFailed = false;
  return together(handlers, {
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

/** REG-022: start goes on without it, or says so and leaves nothing behind. */
export const watchStartInWant: Watch = (say, trace) => {
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
  return together(handlers, {
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
