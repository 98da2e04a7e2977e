/**
 * Runs that are judged once more under the readings that waivers name: what breaks their rules
 * there as well.
 */
import type { Finding } from '../check/monitor.ts';
import type { Waiver } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';
import { causeOf } from './cause.ts';
import type { JudgeAgain } from './errata.ts';
import type { Witness } from './fold.ts';
import type { IsBrokenUnder } from './waive.ts';

const entryOf = (id: string, reading: DialectName, key: string): string =>
  `${id} ${reading} ${key}`;

/** For subjects whose traces tell under every reading: runtimes, and what was recorded. */
export class ReadingFolds {
  private readonly wanted: readonly { id: string; reading: DialectName }[];
  private readonly broken = new Set<string>();

  constructor(waivers: readonly Waiver[]) {
    this.wanted = waivers.flatMap(({ id, reading }) => (reading ? [{ id, reading }] : []));
  }

  /** Judges one run again, where it breaks a rule that is waived under a reading. */
  add(
    findings: readonly Finding[],
    judgeAgain: JudgeAgain,
    { trace }: Omit<Witness, 'violation'>,
  ): void {
    for (const { id, reading } of this.wanted) {
      const finding = findings.find((one) => one.id === id);
      if (!finding || finding.violations.length === 0) continue;
      const there = judgeAgain(id, reading);
      if (there.length === 0) continue;
      // The plan breaks the rule under the reading: nothing that it shows is that reading's doing
      // alone.
      for (const violation of [...finding.violations, ...there]) {
        this.broken.add(entryOf(id, reading, causeOf(violation, trace).key));
      }
    }
  }

  readonly isBrokenUnder: IsBrokenUnder = (id, reading, key) =>
    this.broken.has(entryOf(id, reading, key));
}
