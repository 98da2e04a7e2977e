/** A recorded trace as the subject: nothing runs, everything is judged. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { isRequirementId } from '../abi/catalogue.ts';
import { readErrata, type Errata } from '../conclude/errata.ts';
import type { Witness } from '../conclude/fold.ts';
import type { Counterexample } from '../conclude/record.ts';
import { readWaivers } from '../conclude/waivers.ts';
import { SubjectError, UsageError } from '../errors/errors.ts';
import { readTrace, TRACE_MAX, type RecordedTrace, type TraceHeader } from '../trace/codec.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';
import type { Examined } from './examined.ts';
import { judgeRecording } from './judge-recording.ts';
import type { CertifyOptions } from './options.ts';
import { selectionOf, shownSelection } from './selection.ts';
import { shownPath } from './subject-path.ts';

/** Whether a subject is a recording. */
export const isRecording = (file: string): boolean => file.endsWith('.jsonl');

/** Events before and after a violation that a report repeats. */
const before = 300;
const after = 100;

type Options = CertifyOptions & { subject: string };

const contentsOf = (file: string): string => {
  const shown = printable(file, 300);
  try {
    if (statSync(file).size > TRACE_MAX.fileBytes) {
      throw new UsageError(
        `${shown}: the trace has more than ${TRACE_MAX.fileBytes >> 20} MiB; divide it`,
      );
    }
    return readText(file);
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new SubjectError(`the trace ${shown} cannot be read`);
  }
};

/** What came before and after a violation; judging the recording again shows it again. */
const excerpt = (
  id: string,
  { plan, violation, trace }: Witness,
  file: string,
): Counterexample => ({
  plan,
  choices: [],
  trace: trace.slice(Math.max(0, violation.seq - before), violation.seq + after),
  replay: `mapcert certify ${shownPath(file)} --only ${id}`,
});

/** Map types that the provider registered for, or that the runtime made maps of. */
const mapTypesOf = ({ header, runs }: RecordedTrace): number[] => {
  const types = runs.flat().flatMap((event) => {
    if (header.subject === 'runtime') return event.kind === 'map-created' ? [event.map_type] : [];
    const type = event.kind === 'registered' && !event.inert ? event.facts.data?.map_type : null;
    return typeof type === 'number' ? [type] : [];
  });
  return [...new Set(types)].sort((a, b) => a - b);
};

/** Nothing runs for a recording, so a flag that says how to run promises what nobody does. */
const refuseToRun = (options: CertifyOptions): void => {
  const { nmr, lowMemory, stress, asan, inProcess, timeoutMs, runs } = options;
  const given = Object.entries({
    '--nmr': nmr !== null,
    '--low-memory': lowMemory,
    '--stress': stress,
    '--asan': asan === true,
    '--in-process': inProcess,
    '--timeout': timeoutMs !== null,
    '--runs': runs !== null,
    '--regressions': options.regressions !== undefined,
  });
  const [flag] = given.find(([, isGiven]) => isGiven) ?? [];
  if (flag === undefined) return;
  throw new UsageError(`${flag} is for subjects that run: the subject is a recorded trace`);
};

/** Refuses errata, rules and a revision that do not fit what was recorded. */
const checkHeader = (header: TraceHeader, errata: Errata | null, options: Options): void => {
  if (errata && header.subject === 'provider') {
    throw new UsageError(
      '--errata is for runtimes: the trace is a provider’s, whose --waivers are its own',
    );
  }
  const strange = Object.keys(header.untold ?? {}).find((id) => !isRequirementId(id));
  if (strange !== undefined) {
    throw new UsageError(
      `${printable(options.subject, 300)}:1: untold names ${printable(strange, 60)}, which is no rule`,
    );
  }
  if (header.revision !== options.revision) {
    throw new UsageError(
      `${printable(options.subject, 300)}:1: the trace was recorded under revision ${header.revision}; ` +
        `judge it with --revision ${header.revision}`,
    );
  }
};

/**
 * Judges a recorded trace. Throws UsageError for what is no trace, SubjectError for a file that
 * cannot be read.
 */
export const examineRecorded = (options: Options): Examined => {
  refuseToRun(options);
  const waivers = options.waivers === null ? [] : readWaivers(options.waivers);
  const errata = typeof options.errata === 'string' ? readErrata(options.errata) : null;
  const text = contentsOf(options.subject);
  options.progress({ done: 0, total: 1, phase: 'reading the trace' });
  const recorded = readTrace(text, options.subject);
  const { header } = recorded;
  checkHeader(header, errata, options);
  options.progress({ done: 0, total: 1, phase: 'judging the trace' });
  const chosen = selectionOf(options);
  const { rows, fold, ...judged } = judgeRecording(recorded, chosen, errata, waivers);
  const untold = Object.keys(header.untold ?? {});
  const shown = rows
    .filter((row) => row.subject === header.subject && !untold.includes(row.id))
    .map(({ id }) => id);
  return {
    subject: {
      kind: 'recorded',
      name: header.name,
      mapTypes: mapTypesOf(recorded),
      sha256: createHash('sha256').update(text).digest('hex'),
    },
    profile: { ...header.profile },
    ...judged,
    notes: untold.length
      ? [`the recording cannot show ${untold.length} rules, which its header names`]
      : [],
    folds: new Map([['as-documented', fold]]),
    trial: null,
    judge: judged.judge,
    rows: () => rows,
    counterexample: (id, witness) => excerpt(id, witness, options.subject),
    ...{ errata, waivers },
    isBrokenUnder: () => Promise.resolve(judged.isBrokenUnder),
    selected: chosen.selected,
    selection: shownSelection({
      ...options,
      only: options.only ?? (untold.length ? shown : null),
    }),
    close: () => Promise.resolve(),
  };
};
