/**
 * What tells violations of one rule apart: how it was broken, in which callback, and what was
 * expected there. What was seen is no part of it: one defect shows in many ways. Measured over the
 * bundled faults (docs/WAIVERS.md).
 */
import { createHash } from 'node:crypto';
import type { Violation } from '../check/monitor.ts';
import type { TraceEvent } from '../trace/event.ts';

export type Cause = {
  /** Short name, for waivers: the same for the same kind, callback and expectation. */
  key: string;
  kind: Violation['kind'];
  /** Callback in which it showed; null outside of any. */
  callback: string | null;
  expected: string;
};

const keyDigits = 10;

/**
 * An expectation without numbers and the closing brackets: circumstances differ from run to run,
 * the cause does not.
 */
export const withoutCircumstances = (sentence: string): string =>
  sentence.replace(/ \([^()]*\)$/, '').replace(/\b(0x[0-9a-f]+|[0-9a-f]{8,}|\d+)\b/gi, '#');

const keyOf = ({ kind, callback, expected }: Omit<Cause, 'key'>): string => {
  const told = JSON.stringify([kind, callback, withoutCircumstances(expected)]);
  return `c-${createHash('sha256').update(told).digest('hex').slice(0, keyDigits)}`;
};

/** The callback to which the event at `seq` belongs. */
export const callbackAt = (trace: readonly TraceEvent[], seq: number): string | null => {
  const event = trace[seq];
  if (event === undefined) return null;
  if (event.kind === 'callback-entered') return event.callback;
  const call = 'call' in event ? event.call : 0;
  for (let at = seq - 1; at >= 0 && call; at -= 1) {
    const one = trace[at];
    if (one?.kind === 'callback-entered' && one.call === call) return one.callback;
  }
  return event.kind === 'lost' ? event.callback : null;
};

/** The cause of a violation in this trace. */
export const causeOf = (
  { kind, seq, expected }: Violation,
  trace: readonly TraceEvent[],
): Cause => {
  const told = { kind, callback: callbackAt(trace, seq), expected };
  return { key: keyOf(told), ...told };
};
