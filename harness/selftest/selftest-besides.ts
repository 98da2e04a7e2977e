/**
 * Who else is blamed for a fault: rules that it does not name, and rules that it keeps from being
 * judged.
 */
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import { campaign } from '../campaign/campaign.ts';
import type { FaultMeta } from './fault-meta.ts';
import { CHAPTERS, ownersOfLoss } from '../run/chapters.ts';
import { providerRows } from '../run/provider.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import { dueRuns } from '../campaign/plans.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import type { Loaded } from './selftest-fixtures.ts';

const generated = 2;
const red: readonly string[] = ['fail', 'crash', 'hang', 'harness-error'];

/** A fault that breaks recommendations only, which no obligation is to be blamed for. */
export const isAdvisory = ({ violates, expects, dialect }: FaultMeta): boolean =>
  expects === 'warn' &&
  dialect === undefined &&
  violates.every((id) => {
    const row = CATALOGUE.find((one) => one.id === id);
    return row !== undefined && !isMust(row);
  });

/** Whether a fault is to be found by the rules that it names and by no other. */
export const isToStandAlone = (meta: FaultMeta): boolean =>
  meta.stage === undefined && !meta.stress && (meta.alone ?? isAdvisory(meta));

/** A row for each rule, as a whole certification as documented has them. */
export const rowsOf = async (
  { executor, subject }: Loaded,
  seed: number,
): Promise<RequirementRecord[]> => {
  const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);
  const runs = dueRuns(CHAPTERS, subject.profile, { seed, generated, dialects: ['as-documented'] });
  const done = await campaign({
    executor,
    chapters: CHAPTERS,
    requirements,
    subject,
    ownersOfLoss,
    runs,
    ...lowMemorySweep(CHAPTERS, extentFor(subject.kind, false)),
  });
  return providerRows({ chapters: CHAPTERS, subject }, { ...done, endedBy: null }, {});
};

/**
 * MUST rules that a whole certification as documented would hold against the fault besides those
 * that it names.
 */
export const besidesOf = async (
  loaded: Loaded,
  { violates }: FaultMeta,
  seed: number,
): Promise<string[]> => {
  const rows = await rowsOf(loaded, seed);
  const isBlamed = (row: RequirementRecord): boolean =>
    red.includes(row.verdict) && isMust({ level: row.level as never });
  return rows.filter((row) => isBlamed(row) && !violates.includes(row.id)).map(({ id }) => id);
};
