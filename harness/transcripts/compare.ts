/**
 * Compares what a replay did with what was observed. Pure. What depends on a hash seed or on
 * threads is brought to the recorder's form first: the order of clean-up deletes and of iterated
 * keys, the first key of an iteration, and the place of NMR detach and cleanup in their step.
 */
import { EBPF_MAP_OPERATION_MAP_CLEANUP } from '../abi/flags.ts';
import type { Observation, ObservedCallback, Observed, Step } from './transcript.ts';

/** One place where the replay differs: step -1 is the transcript's own `validates`. */
export type Difference = { step: number; field: string; expected: unknown; got: unknown };

/** What a replay of one transcript came to; the last three are of libraries, else empty. */
export type Comparison = {
  differences: Difference[];
  /** Why the whole transcript could not be asked. */
  leftOut: string | null;
  /** Operations of the steps that could not be asked, once for each step. */
  notAsked: string[];
  /** Members that were not compared, with the reason. */
  untold: string[];
};

const NMR_LAST = new Set(['<nmr detach_client>', '<nmr cleanup_binding>']);

const isCleanup = ({ args }: ObservedCallback): boolean => {
  const flags = args?.['flags'];
  return typeof flags === 'number' && (flags & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;
};

const byKey = (a: ObservedCallback, b: ObservedCallback): number =>
  compareText(String(a.args?.['key'] ?? ''), String(b.args?.['key'] ?? ''));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Clean-up deletes by key, in the places that clean-up deletes hold. */
const sortCleanup = (callbacks: ObservedCallback[]): ObservedCallback[] => {
  const sorted = callbacks.filter(isCleanup).toSorted(byKey);
  let next = 0;
  return callbacks.map((callback) => (isCleanup(callback) ? sorted[next++]! : callback));
};

const nmrLast = (callbacks: ObservedCallback[]): ObservedCallback[] => [
  ...callbacks.filter(({ name }) => !NMR_LAST.has(name)),
  ...callbacks.filter(({ name }) => NMR_LAST.has(name)),
];

/** What the replay put out, as the recorder writes it. What was observed is written so already. */
const outOf = (step: Step, out: unknown): unknown => {
  if (step.op === 'iterate' && Array.isArray(out)) return out.map(String).toSorted(compareText);
  if (step.op === 'next_key' && step.args.key === 'NULL' && typeof out === 'string') return '*';
  return out;
};

/** What is compared of one step, callbacks in their common order. `anomalies` is not part of it. */
const compared = (seen: Observation, out: unknown): Observation => ({
  result: seen.result,
  callbacks: nmrLast(sortCleanup(seen.callbacks)),
  out,
  ...(seen.last_reference === undefined ? {} : { last_reference: seen.last_reference }),
  ...(seen.out_written_on_failure === undefined
    ? {}
    : { out_written_on_failure: seen.out_written_on_failure }),
  ...(seen.offset === undefined ? {} : { offset: seen.offset }),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The first place where two JSON values differ, depth first in the order of the expected one. */
export const firstDifference = (
  expected: unknown,
  got: unknown,
  path: string,
): { field: string; expected: unknown; got: unknown } | null => {
  if (!isObject(expected) || !isObject(got) || Array.isArray(expected) !== Array.isArray(got)) {
    return Object.is(expected, got) ? null : { field: path, expected, got };
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  for (const name of names) {
    const below = Array.isArray(expected) ? `${path}[${name}]` : path ? `${path}.${name}` : name;
    const found = firstDifference(expected[name], got[name], below);
    if (found) return found;
  }
  return null;
};

/** Which callback is missing or too many says more than the first argument that then differs. */
const callbackNames = ({ callbacks }: Observation): string[] => callbacks.map(({ name }) => name);

const differenceIn = (expected: Observation, got: Observation): Omit<Difference, 'step'> | null => {
  if (expected.result !== got.result) {
    return { field: 'result', expected: expected.result, got: got.result };
  }
  const names = firstDifference(callbackNames(expected), callbackNames(got), 'callbacks');
  if (names)
    return { field: 'callbacks', expected: callbackNames(expected), got: callbackNames(got) };
  return firstDifference(expected, got, '');
};

/** Where a replay differs from what was observed: the first difference of each step, in order. */
export const compareRuns = (
  steps: readonly Step[],
  expected: Observed,
  got: Observed,
): Difference[] => {
  const found: Difference[] = [];
  const validates = firstDifference(expected.validates, got.validates, 'validates');
  if (validates) found.push({ step: -1, ...validates });
  for (const [index, step] of steps.entries()) {
    const [wanted, seen] = [expected.observed[index], got.observed[index]];
    if (!wanted || !seen) {
      found.push({
        step: index,
        field: 'step',
        expected: wanted ? 'an answer' : null,
        got: seen ? 'an answer' : null,
      });
      continue;
    }
    const difference = differenceIn(
      compared(wanted, wanted.out),
      compared(seen, outOf(step, seen.out)),
    );
    if (difference) found.push({ step: index, ...difference });
  }
  return found;
};
