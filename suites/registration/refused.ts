/** Monitor of a start whose registration is refused: REG-021. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import { amount, byMaker } from '../block-ledger.ts';
import { together } from '../together.ts';
import { deregistrationsOf } from '../unload/deregistrations.ts';

/** Whether the registrar refused what was well formed (conditions.fail_registration). */
const isRefusal = (event: EventOf<'registered'>, trace: TraceView): boolean =>
  trace.conditions.fail_registration !== undefined &&
  event.status === 'STATUS_INSUFFICIENT_RESOURCES';

const nameOf = ({ facts }: EventOf<'registered'>): string =>
  `${facts.NpiId} ${facts.data?.map_type ?? ''}`;

/** REG-021: start says so and leaves nothing behind. */
export const watchRefusedRegistration: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const expected =
    'a start whose registration is refused says that it failed and leaves nothing behind';
  /** Registrations of the running start. */
  let made: EventOf<'registered'>[] = [];
  let refused: EventOf<'registered'> | null = null;
  let hasFailed = false;
  const leftOf = (event: EventOf<'module'>): void => {
    for (const { registration, status } of made) {
      const found = state.of(registration);
      const isOver = found && (found.status !== 'STATUS_PENDING' || found.waited);
      if (status !== 'STATUS_SUCCESS' || isOver) continue;
      const saw = found ? 'was not waited for' : 'was left registered';
      say.violated(event, expected, `${registration} ${saw} by the start that failed`);
    }
  };
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
      if (hasFailed) return leftOf(event);
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
      const sum = [...byMaker(event.balance)].find(
        ([call]) => trace.call(call)?.callback === 'start',
      );
      if (sum)
        say.violated(event, expected, `${amount(sum[1])} of start still there after it failed`);
    },
    misuse: (event) => {
      const isHandle =
        event.misuse === 'deregister-bad-handle' || event.misuse === 'wait-bad-handle';
      if (refused && isHandle) say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (refused && event.callback === 'start') say.lost(event, expected);
    },
  });
};
