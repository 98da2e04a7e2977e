/**
 * Folds the reports of all shards back into the report of the whole run. Pure; outcome and exit
 * code come from the function that the engine uses.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Verdict } from '../check/verdict.ts';
import { UsageError } from '../errors/errors.ts';
import { eachForItself, joinFindings } from './findings.ts';
import { concludeOutcome, isPartial } from './outcome.ts';
import { joinCovered } from './coverage.ts';
import { joinGrounds } from './rests-on.ts';
import type { CauseRecord, ChapterRecord, RequirementRecord, RunRecord } from './record.ts';

/** A report with the name by which complaints call it. */
export type NamedRecord = { name: string; record: RunRecord };

/** The whole run. Throws a UsageError when the shards are not exactly those of one run. */
export const mergeShards = (shards: readonly NamedRecord[]): RunRecord => {
  const inOrder = shardsInOrder(shards);
  const [first, ...others] = inOrder;
  if (!first) throw new UsageError('merge needs the reports of all shards, none was named');
  for (const other of others) checkSameRun(first, other);
  const records = inOrder.map(({ record }) => record);
  const selection = { ...first.record.selection, shard: null };
  const covered = records.flatMap((record) => record.covered ?? []);
  const requirements = first.record.requirements
    .map((row) => foldRows(records.map((record) => rowOf(record, row.id))))
    .map((row) => (isPartial(selection) ? row : withoutHole(row)));
  return {
    ...first.record,
    selection,
    requirements,
    findings: joinFindings(
      records.map((record) => record.findings ?? eachForItself(record.requirements)),
      requirements,
    ),
    restsOn: joinGrounds(records.map((record) => record.restsOn ?? [])),
    ...concludeOutcome(requirements, selection),
    executed: sumOf(records.map(({ executed }) => executed)),
    ...(covered.length > 0 ? { covered: joinCovered(covered) } : {}),
    chapters: foldChapters(records),
    notes: [...new Set(records.flatMap(({ notes }) => notes))],
  };
};

type Placed = NamedRecord & { index: number; of: number };

const placed = (shard: NamedRecord): Placed => {
  const found = /^(\d+)\/(\d+)$/.exec(shard.record.selection.shard ?? '');
  if (!found) throw new UsageError(`${shard.name} is no shard: it was not run with --shard i/n`);
  return { ...shard, index: Number(found[1]), of: Number(found[2]) };
};

const shardsInOrder = (shards: readonly NamedRecord[]): Placed[] => {
  const all = shards.map(placed).sort((a, b) => a.index - b.index);
  const of = all[0]?.of ?? 0;
  all.forEach((shard, position) => {
    if (shard.of !== of) {
      throw new UsageError(
        `${shard.name} is one of ${shard.of} shards, ${all[0]?.name} one of ${of}: they are not of one run`,
      );
    }
    if (shard.index <= position) {
      throw new UsageError(
        `shard ${shard.index}/${of} is there twice; ${shard.name} is the second`,
      );
    }
    if (shard.index > position + 1) {
      throw new UsageError(`shard ${position + 1}/${of} is missing; merge needs every shard once`);
    }
  });
  if (all.length < of) {
    throw new UsageError(`shard ${all.length + 1}/${of} is missing; merge needs every shard once`);
  }
  return all;
};

/** What must be equal for two shards to be of one run, with the words for it. */
const SAME: readonly (readonly [string, (record: RunRecord) => unknown])[] = [
  ['tool version', ({ tool }) => tool],
  ['contract revision', ({ suite }) => suite.revision],
  ['rule list', ({ suite }) => suite.requirementsSha256],
  ['subject', ({ subject }) => subject],
  ['profile', ({ profile }) => profile],
  ['seed', ({ seed }) => seed],
  ['selection', ({ selection }) => ({ ...selection, shard: null })],
  ['rules', ({ requirements }) => requirements.map(({ id }) => id)],
];

const checkSameRun = (first: NamedRecord, other: NamedRecord): void => {
  const different = SAME.find(([, of]) => !isDeepStrictEqual(of(first.record), of(other.record)));
  if (different) {
    throw new UsageError(
      `${first.name} and ${other.name} are not of one run: they have another ${different[0]}`,
    );
  }
};

const rowOf = (record: RunRecord, id: string): RequirementRecord =>
  record.requirements.find((row) => row.id === id)!;

// Highest first: what one shard saw stands, whatever the others did not see.
const PRECEDENCE: readonly Verdict[] = [
  'harness-error',
  'crash',
  'hang',
  'fail',
  'warn',
  'waived',
  'inconclusive',
  'pass',
  'info',
  'vacuous',
  'not-applicable',
  'not-selected',
];

const foldRows = (rows: readonly RequirementRecord[]): RequirementRecord => {
  const byPrecedence = [...rows].sort(
    (a, b) => PRECEDENCE.indexOf(a.verdict) - PRECEDENCE.indexOf(b.verdict),
  );
  const decisive = byPrecedence[0]!;
  const judged = rows.filter((row) => row.verdict !== 'not-selected');
  // The usual case, every rule in one shard: its row stands as it is.
  if (judged.length <= 1) return decisive;
  const checks = rows.flatMap(({ selfCheck }) => selfCheck ?? []);
  const schedules = sum(rows.map((row) => row.schedules ?? 0));
  const causes = joinCauses(rows.flatMap((row) => row.causes ?? []));
  return {
    ...decisive,
    ...(causes.length > 0 ? { causes } : {}),
    exercised: sum(rows.map((row) => row.exercised)),
    runs: sum(rows.map((row) => row.runs)),
    ...(schedules > 0 ? { schedules } : {}),
    ...(checks.length > 0
      ? {
          selfCheck: {
            exercised: sum(checks.map(({ exercised }) => exercised)),
            ok: checks.every(({ ok }) => ok),
          },
        }
      : {}),
  };
};

const joinCauses = (all: readonly CauseRecord[]): CauseRecord[] =>
  [...new Set(all.map(({ key }) => key))].map((key) => {
    const same = all.filter((one) => one.key === key);
    return { ...same[0]!, seen: sum(same.map(({ seen }) => seen)) };
  });

// In a whole run every rule is somebody's: one that every shard left to the others was judged by
// none.
const withoutHole = (row: RequirementRecord): RequirementRecord =>
  row.verdict === 'not-selected'
    ? { ...row, verdict: 'inconclusive', reason: 'no shard judged it' }
    : row;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const sumOf = (all: readonly RunRecord['executed'][]): RunRecord['executed'] => ({
  runs: sum(all.map(({ runs }) => runs)),
  operations: sum(all.map(({ operations }) => operations)),
  callbacks: sum(all.map(({ callbacks }) => callbacks)),
});

const foldChapters = (records: readonly RunRecord[]): ChapterRecord[] => {
  const folded = new Map<string, ChapterRecord>();
  for (const chapter of records.flatMap(({ chapters }) => chapters)) {
    const before = folded.get(chapter.suite);
    folded.set(
      chapter.suite,
      before === undefined
        ? chapter
        : {
            suite: chapter.suite,
            scenarios: before.scenarios + chapter.scenarios,
            generated: before.generated + chapter.generated,
            operations: before.operations + chapter.operations,
            callbacks: before.callbacks + chapter.callbacks,
          },
    );
  }
  return [...folded.values()];
};
