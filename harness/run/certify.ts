/**
 * A whole certification, the same for every kind of subject: runs are made and judged, witnesses
 * made small, rules concluded, waivers applied. Gives the record that every report is made of.
 */
import { requirementsSha256 } from '../abi/catalogue.ts';
import { shrinkAll } from '../campaign/shrinking.ts';
import { findingsOf, type Scene } from '../conclude/findings.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import {
  REPORT_SCHEMA,
  type FindingRecord,
  type RequirementRecord,
  type RunRecord,
} from '../conclude/record.ts';
import { applyWaivers } from '../conclude/waive.ts';
import { UsageError } from '../errors/errors.ts';
import { today } from '../host/clock.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { Examined } from './examined.ts';
import type { CertifyOptions, HeaderOptions, RuntimeOptions } from './options.ts';
import { examineHeader } from './header.ts';
import { examineProvider } from './provider.ts';
import { examineRecorded, isRecording } from './recorded.ts';
import { examineRuntime } from './runtime.ts';
import { embeddedSubject } from './subject-path.ts';
import { toolOf } from './tool.ts';

/** A rule that is broken in so many of so many runs that test it explains no other one. */
const standingRunsMin = 8;
const standingShare = 0.9;

/**
 * Certifies a provider that runs, in a host of `hosts` when there is one, or a recording. Throws
 * UsageError, SubjectError or HarnessFault where there is nothing to report.
 */
export const certify = async (
  options: CertifyOptions,
  hosts: HostPool | null = null,
): Promise<RunRecord> => {
  const subject = options.subject ?? embeddedSubject();
  if (isRecording(subject)) return recordOf(examineRecorded({ ...options, subject }), options);
  if (typeof options.errata === 'string') {
    throw new UsageError(
      '--errata is for runtimes: the subject is a provider, whose --waivers are its own',
    );
  }
  return recordOf(await examineProvider({ ...options, subject }, hosts), options);
};

/** Certifies a runtime, something that plays eBPFCore. Throws as certify does. */
export const certifyRuntime = async (options: RuntimeOptions): Promise<RunRecord> =>
  recordOf(await examineRuntime(options), options);

/** Certifies a header with the map type enum. Throws UsageError where the waivers are none. */
export const certifyHeader = (options: HeaderOptions): Promise<RunRecord> =>
  recordOf(examineHeader(options), {
    ...{ revision: options.report.revision, seed: 0, progress: () => undefined },
    today: options.today,
  });

type Options = Pick<RuntimeOptions, 'revision' | 'seed' | 'progress' | 'today'>;

const recordOf = async (examined: Examined, options: Options): Promise<RunRecord> => {
  try {
    await shrink(examined, options.progress);
    const rows = examined.rows();
    addCounterexamples(rows, examined);
    examined.errata?.settle(rows);
    const day = options.today ?? today();
    applyWaivers(rows, examined.waivers, day, await examined.isBrokenUnder(), {
      revision: options.revision,
      subject: examined.subject.kind,
    });
    const findings = findingsAmong(rows, examined);
    return {
      schema: REPORT_SCHEMA,
      tool: toolOf(),
      suite: { revision: options.revision, requirementsSha256 },
      subject: examined.subject,
      restsOn: examined.restsOn(rows),
      profile: examined.profile,
      seed: options.seed,
      selection: examined.selection,
      ...concludeOutcome(rows, examined.selection),
      executed: examined.executed,
      covered: examined.covered,
      chapters: examined.chapters,
      findings,
      requirements: rows,
      ...(examined.upgrade ? { upgrade: examined.upgrade } : {}),
      notes: examined.notes,
    };
  } finally {
    await examined.close();
  }
};

/** Makes the witnesses of broken rules small, where runs can be repeated. */
const shrink = async (
  { folds, trial, selected }: Examined,
  progress: Options['progress'],
): Promise<void> => {
  const document = folds.get('as-documented');
  if (!document || !trial) return;
  const broken = document.broken().filter((id) => !selected || selected.has(id));
  progress({ done: 0, total: broken.length, phase: 'making counterexamples small' });
  await shrinkAll(
    broken.map((id) => ({ id, fold: document.of(id) })),
    trial,
  );
};

const addCounterexamples = (
  rows: readonly RequirementRecord[],
  { folds, counterexample }: Examined,
): void => {
  for (const row of rows) {
    const witness = folds.get('as-documented')?.of(row.id).witness;
    if (witness && row.message !== null) row.counterexample = counterexample(row.id, witness);
  }
};

/** What is broken, by its causes: each kept run is judged by every broken rule. */
const findingsAmong = (
  rows: readonly RequirementRecord[],
  { folds, judge, trial }: Examined,
): FindingRecord[] => {
  const document = folds.get('as-documented');
  const red = rows.filter(({ message }) => message !== null).map(({ id }) => id);
  const scenes = red.flatMap((id): Scene[] => {
    const witness = document?.of(id).witness;
    if (!witness) return [];
    const shows = red.flatMap((other) => {
      const violations = judge(other, witness, 'all')?.violations ?? [];
      return violations.length > 0 ? [{ id: other, violations }] : [];
    });
    return [{ id, witness, shows }];
  });
  const isStanding = (id: string): boolean => {
    const { runs = 0, brokenRuns = 0 } = document?.of(id) ?? {};
    return runs >= standingRunsMin && brokenRuns >= standingShare * runs;
  };
  const standing = new Set(red.filter(isStanding));
  return findingsOf(rows, scenes, { isSmall: trial !== null, standing });
};
