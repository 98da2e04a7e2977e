/**
 * Rules under another reading of the contract: monitors that let pass what that reading does
 * instead.
 */
import type { EventKind, TraceEvent } from '../trace/event.ts';
import type { DialectName } from '../trace/plan.ts';
import type { HandlerTable, TraceView, Reporter, Watch } from './monitor.ts';
import type { Requirement } from './requirement.ts';

/**
 * Whether what a monitor complains of at this event is what the reading does.
 * @example const isRollback: IsReading = ({ kind }) => kind === 'callback-entered';
 */
export type IsReading = (at: TraceEvent, trace: TraceView) => boolean;

/**
 * Events at which a reading can excuse a complaint: elsewhere, and for losses, every complaint
 * stays.
 */
const told: readonly EventKind[] = ['callback-entered', 'operation-ended', 'service'];

/**
 * The monitor without its complaints about what the reading does.
 * @example
 * const shipped = (watch: Watch): Watch => except(watch, ({ kind }) => kind === 'service');
 */
export const except =
  (watch: Watch, isReading: IsReading): Watch =>
  (say, trace) => {
    let now: TraceEvent | null = null;
    const isMeant = ({ seq }: { seq: number }): boolean =>
      now?.seq === seq && isReading(now, trace);
    const voice: Reporter = {
      exercised: (times) => say.exercised(times),
      violated: (at, expected, saw) => void (isMeant(at) || say.violated(at, expected, saw)),
      warned: (at, expected, saw) => void (isMeant(at) || say.warned(at, expected, saw)),
      lost: (at, expected, grounds) => say.lost(at, expected, grounds),
    };
    const note = (event: TraceEvent): void => void (now = event);
    const first = Object.fromEntries(told.map((kind) => [kind, note])) as HandlerTable;
    return [first, watch(voice, trace)];
  };

/** The rules as a reading has them; those on which the readings agree stay as they are. */
export const underReading = (
  requirements: readonly Requirement[],
  reading: DialectName,
): Requirement[] =>
  requirements.map((requirement) => {
    const watch = requirement.readings?.[reading];
    return watch ? { ...requirement, watch } : requirement;
  });
