/**
 * Monitors of a start that is refused what it asks for: REG-021 a registration, REG-022 memory or
 * an object.
 */
import type { EventOf, TraceView, Reporter } from '../../harness/index.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import type { deregistrationsOf } from '../unload/deregistrations.ts';

export type Registered = EventOf<'registered'>;
type Deregistrations = ReturnType<typeof deregistrationsOf>['book'];

export const isBadHandle = ({ misuse }: EventOf<'misuse'>): boolean =>
  misuse === 'deregister-bad-handle' || misuse === 'wait-bad-handle';

/** Says what a start that failed has left registered. */
export const sayRegistrations = (
  say: Reporter,
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
export const sayHeld = (
  say: Reporter,
  event: EventOf<'balance'>,
  expected: string,
  { trace, after }: { trace: TraceView; after: string },
): void => {
  const sum = [...byMaker(event.balance)].find(([call]) => trace.call(call)?.callback === 'start');
  if (sum) say.violated(event, expected, `${amount(sum[1])} of start still there after ${after}`);
};
