/** The run with which it is seen whether a subject starts. */
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job } from '../execute/execute.ts';
import type { SubjectFacts } from '../execute/executor.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential } from '../trace/plan.ts';

/** A run that starts the subject and stops it again. */
export const trialJob = ({ declared }: SubjectFacts): Job => ({
  plan: sequential('start', [{ op: 'start' }]),
  choices: [],
  conditions: {},
  profile: bootstrapProfile(declared),
});

/**
 * Whether the registrar turned a registration down: what was wrong with it is a matter for the
 * rules.
 */
export const wasRefused = (trace: readonly TraceEvent[]): boolean =>
  trace.some((event) => event.kind === 'registered' && event.status !== 'STATUS_SUCCESS');

/** Why a run that only starts the subject says that it cannot be started; null when it can. */
export const startLoss = (trace: readonly TraceEvent[], name: string): string | null => {
  if (wasRefused(trace) && !trace.some(({ kind }) => kind === 'lost')) return null;
  for (const event of trace) {
    if (event.kind === 'module' && event.what === 'start-failed') {
      return `${name} could not be started: ${event.detail ?? 'it refused'}.`;
    }
    if (event.kind === 'lost' && event.callback === 'start') {
      return `${name} could not be started: ${event.error}, ${event.detail}.`;
    }
  }
  return null;
};
