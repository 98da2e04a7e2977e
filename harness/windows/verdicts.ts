/** Lays what one subject got on Linux beside what it got under Wine. */
import { existsSync, readFileSync } from 'node:fs';

/** The exit code of mapcert, and verdicts by rule; no verdicts where it wrote no report. */
export type Judged = { exitCode: number | null; verdicts: ReadonlyMap<string, string> };

/** A known difference; `rule` is an id, or `*` for the fixture's whole case. */
export type Exception = { case: string; rule: string; reason: string };

export type Difference = { what: string; linux: string; windows: string; reason: string | null };

type Report = { requirements: { id: string; verdict: string }[] };

/** Reads a report that mapcert wrote. */
export const readJudged = (exitCode: number | null, report: string): Judged => {
  if (!existsSync(report)) return { exitCode, verdicts: new Map() };
  const { requirements } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return { exitCode, verdicts: new Map(requirements.map(({ id, verdict }) => [id, verdict])) };
};

/** Rules judged at all: not those that were left out or do not apply. */
export const judgedRules = ({ verdicts }: Judged): string[] =>
  [...verdicts].filter(([, verdict]) => !verdict.startsWith('not-')).map(([id]) => id);

/** Every difference in exit code or verdict, with its reason where one is listed. */
export const differences = (
  name: string,
  { linux, windows }: { linux: Judged; windows: Judged },
  exceptions: readonly Exception[],
): Difference[] => {
  const reasonFor = (rule: string): string | null =>
    exceptions.find((one) => one.case === name && (one.rule === rule || one.rule === '*'))
      ?.reason ?? null;
  const found: Difference[] = [];
  const note = (what: string, left: string, right: string): void => {
    if (left !== right) found.push({ what, linux: left, windows: right, reason: reasonFor(what) });
  };
  note('exit code', String(linux.exitCode), String(windows.exitCode));
  for (const id of new Set([...linux.verdicts.keys(), ...windows.verdicts.keys()])) {
    note(id, linux.verdicts.get(id) ?? 'none', windows.verdicts.get(id) ?? 'none');
  }
  return found;
};
