/**
 * What the suite's own proof says to a reader of a report: how many wrong providers this build
 * finds by each rule. It comes from a file of `mapcert selftest --json`, never from the run.
 */
import type { SelftestResult } from '../harness/conclude/kill-matrix.ts';

/** A kill matrix as a report tells it. */
export type Kills = {
  /** Label and count, for the whole build. */
  counts: readonly (readonly [string, string])[];
  /** By rule: wrong providers and runtimes that break it, and how many of them it found. */
  rules: ReadonlyMap<string, { of: number; found: number }>;
};

const tally = (label: string, found: number, of: number): readonly [string, string] => [
  label,
  `${found} of ${of}`,
];

/** The kill matrix of what selftest found. Pure. */
export const killsOf = ({ faults, variants, runtimes }: SelftestResult): Kills => {
  const wrong = runtimes.filter(({ violates }) => violates.length > 0);
  const rules = new Map<string, { of: number; found: number }>();
  for (const { violates, killedBy } of [...faults, ...wrong])
    for (const id of violates) {
      const { of, found } = rules.get(id) ?? { of: 0, found: 0 };
      rules.set(id, { of: of + 1, found: found + (killedBy.includes(id) ? 1 : 0) });
    }
  const expected = (rows: readonly { expected: boolean }[]): number =>
    rows.filter((row) => row.expected).length;
  const spared = variants.filter(({ falseAlarms }) => falseAlarms.length === 0).length;
  const right = runtimes.filter(({ violates }) => violates.length === 0);
  return {
    counts: [
      tally('Wrong providers found', expected(faults), faults.length),
      tally('Odd but right providers spared', spared, variants.length),
      tally('Wrong runtimes found', expected(wrong), wrong.length),
      tally('Right runtimes spared', expected(right), right.length),
    ],
    rules,
  };
};

/** What one rule found of what breaks it; null where nothing was written to break it. */
export const killsBy = (kills: Kills | null, id: string): string | null => {
  const one = kills?.rules.get(id);
  return one ? `${one.found} of ${one.of}` : null;
};
