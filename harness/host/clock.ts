/**
 * The one door to real time outside the command line: waiver days and time budgets. Nothing of it
 * enters a trace or report.
 */

/** Today as 2027-01-31, in UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10);

/** Milliseconds since this call, each time it is asked. */
export const stopwatch = (): (() => number) => {
  const from = performance.now();
  return () => performance.now() - from;
};
