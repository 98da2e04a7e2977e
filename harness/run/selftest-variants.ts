/** One odd but right subject: run in full, and nothing may be held against it. */
import { isMust } from '../abi/requirement.ts';
import { EndedEarly } from '../fault.ts';
import type { DialectName } from '../trace/plan.ts';
import { campaign } from './campaign.ts';
import { concludeRows } from './conclude.ts';
import { CHAPTERS, homeRules } from './law.ts';
import type { SelftestResult } from './options.ts';
import { concludeOutcome } from './outcome.ts';
import { dueRuns } from './plans.ts';
import type { RequirementRecord } from './record.ts';
import { withFixture, type Fixture } from './selftest-fixtures.ts';

const dialects: DialectName[] = ['as-documented', 'as-shipped', 'detach-first'];
const generatedForVariants = 4;

type VariantRow = SelftestResult['variants'][number];

const isAlarm = (row: RequirementRecord, warns: readonly string[]): boolean => {
  const must = isMust({ level: row.level as never });
  switch (row.verdict) {
    case 'fail':
    case 'crash':
    case 'hang':
    case 'harness-error':
      return true;
    case 'vacuous':
    case 'inconclusive':
      return must;
    case 'warn':
      return !warns.includes(row.id);
    default:
      return false;
  }
};

/** Runs one odd but right subject in full. */
export const tryVariant = async (fixture: Fixture, seed: number): Promise<VariantRow> => {
  try {
    return await withFixture(fixture, async ({ executor, subject, startError }) => {
      if (startError !== null) {
        return {
          id: fixture.meta.id,
          outcome: 'INVALID',
          falseAlarms: [`does not start: ${startError}`],
        };
      }
      const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);
      const done = await campaign({
        executor,
        requirements,
        subject,
        homeRules,
        runs: dueRuns(CHAPTERS, subject.profile, {
          seed,
          generated: generatedForVariants,
          dialects,
        }),
      });
      const rows = concludeRows({
        chapters: CHAPTERS,
        subject,
        folds: done.folds,
        selected: null,
        ran: new Set(CHAPTERS.map((chapter) => chapter.name)),
        avoided: done.avoided,
        bound: null,
        judged: 'provider',
      });
      const none = { suites: null, only: null, level: null, shard: null };
      const alarms = rows.filter((row) => isAlarm(row, fixture.meta.warns ?? []));
      return {
        id: fixture.meta.id,
        outcome: concludeOutcome(rows, none).outcome,
        falseAlarms: alarms.map(
          (row) => `${row.id} ${row.verdict}${row.message ? `: ${row.message}` : ''}`,
        ),
      };
    });
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    return { id: fixture.meta.id, outcome: 'INVALID', falseAlarms: [reason.message] };
  }
};
