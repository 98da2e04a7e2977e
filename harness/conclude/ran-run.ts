/** A run that was made, and the digest of what it showed: so that others can make it again. */
import { createHash } from 'node:crypto';
import type { TraceEvent } from '../trace/event.ts';
import type { Plan } from '../trace/plan.ts';

export type RanRun = {
  plan: Plan;
  choices: readonly number[];
  /** SHA-256 of its trace, in hex. */
  trace: string;
  /** It need not show the same again: the subject was lost, a bound reached, threads ran. */
  once?: true;
};

/** The digest of a trace. How a run was asked for is no part of what it showed. */
export const digestOfTrace = (trace: readonly TraceEvent[]): string => {
  const shown = trace.filter(({ kind }) => kind !== 'run-started');
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex');
};

const isOnce = ({ kind }: TraceEvent): boolean => kind === 'lost' || kind === 'bound-reached';

/** What is kept of a run. */
export const ranRun = (
  plan: Plan,
  choices: readonly number[],
  trace: readonly TraceEvent[],
  isRepeatable = true,
): RanRun => ({
  plan,
  choices,
  trace: digestOfTrace(trace),
  ...(isRepeatable && !trace.some(isOnce) ? {} : { once: true as const }),
});
