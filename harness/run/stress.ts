/**
 * `--stress`: a native provider under several real threads. Each run is a process of its own, so
 * that a crash or a hang ends that run only; what the runs found becomes findings by rule, to be
 * merged with those of the traces.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  readLastWords,
  readStressAnswer,
  saysBegun,
  type StressAnswer,
  type StressLastWords,
  type StressSight,
} from '../adapters/stress.ts';
import type { Limit } from '../adapters/process-load.ts';
import type { Finding, Violation } from '../check/monitor.ts';
import { watchProcess } from '../host/watch-process.ts';
import { buildStressDriver } from '../native/build-stress.ts';
import type { Profile } from '../provider/profile.ts';
import { printable } from '../trace/printable.ts';
import type { SubjectSource } from '../execute/executor.ts';
import { CHAPTERS } from './chapters.ts';

export type StressOptions = {
  seed: number;
  durationMs: number;
  threads: number;
  /** Longest time of one callback; null for the usual one. */
  timeoutMs: number | null;
};

export type StressResult = {
  findings: Finding[];
  /** Callbacks made by the threads, over all runs. */
  callbacks: number;
  perThread: number[];
  /** Why nothing ran; null when something did. */
  notRun: string | null;
};

const runsMax = 3;
/** Shorter runs spend most of their time starting. */
const runMsMin = 800;
/**
 * Loading, rehearsal and the look at the books; who uses up more is asked once again with twice as
 * much.
 */
const graceMs = 30_000;
/** A callback that used up so much, and as much again while the other threads rest, hangs. */
const hangMs = 2_000;
const hangMsMax = 600_000;
const outputBytesMax = 262_144;
/** Fewer than the driver's keys, so that maps are full now and then. */
const entriesUsual = 12;
const driverKeys = 16;

/** The driver's options for this provider; a sentence when the profile leaves it nothing to do. */
const driverOptions = (
  source: SubjectSource,
  profile: Profile,
  timeoutMs: number | null,
): string[] | string => {
  if (source.nmr !== null)
    return 'the stress driver brings its own registrar, so --nmr leaves it nothing to drive';
  const [sizes] = profile.accepted;
  if (!sizes) return 'no combination of key and value size is known that the provider accepts';
  const wanted = profile.keysBelowMaxEntries ? driverKeys : entriesUsual;
  const { min, max } = profile.maxEntries;
  return [
    `library=${path.resolve(source.path)}`,
    `hang_ms=${Math.min(hangMsMax, Math.max(hangMs, timeoutMs ?? 0))}`,
    `map_type=${profile.mapType}`,
    `key_size=${sizes.key}`,
    `value_size=${sizes.value}`,
    `max_entries=${Math.max(1, min, Math.min(wanted, max))}`,
    `map_limit=${profile.maxMaps ?? 0}`,
    `duplicates=${profile.duplicatesAllowed === false ? 0 : 1}`,
    `identity=${profile.valueRelation === 'opaque' || profile.valueRelation === 'function' ? 0 : 1}`,
    ...(profile.programTypes?.accept ?? []).slice(0, 4).map((guid) => `program_type=${guid}`),
  ];
};

type Ending = {
  answer: StressAnswer | null;
  lastWords: StressLastWords | null;
  /** Whether the threads ran; before, the provider was alone with one. */
  hasBegun: boolean;
  how: string;
  /** It used up its limit and was ended. */
  overran: boolean;
};

const processModule = (): { file: string; execArgv: string[] } => {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(
    new URL(isSource ? './stress-process.ts' : './stress-process.js', import.meta.url),
  );
  if (!isSource) return { file, execArgv: [] };
  return {
    file,
    execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
  };
};

/** Runs the driver in a process of its own and waits for its end. */
const runOnce = (driver: string, options: readonly string[], limit: Limit): Promise<Ending> =>
  new Promise((resolve, reject) => {
    const { file, execArgv } = processModule();
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, [...execArgv, file], {
      env,
      // Standard output is the subject's and nobody reads it.
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    let overran = false;
    const stop = watchProcess(child.pid ?? 0, limit, () => {
      overran = true;
      child.kill('SIGKILL');
    });
    const heard = ['', ''];
    let hasBegun = false;
    [child.stderr, child.stdio[3]].forEach((stream, i) =>
      stream?.on('data', (bytes: Buffer) => {
        heard[i] = (heard[i]! + bytes.toString('utf8')).slice(-outputBytesMax);
        hasBegun ||= saysBegun(heard[0]!);
      }),
    );
    child.on('error', (reason) => {
      stop();
      reject(reason);
    });
    child.on('close', (code, signal) => {
      stop();
      resolve({
        answer: readStressAnswer(heard[1]!),
        lastWords: readLastWords(heard[0]!),
        hasBegun,
        how: signal ?? `exit(${code})`,
        overran,
      });
    });
    child.stdin?.on('error', () => {}); // It may end before it reads.
    child.stdin?.end(JSON.stringify({ driver, options }));
  });

/**
 * A run, and another one with twice the limit where it used that up: only who does so again hangs.
 */
const runTwiceAtMost = async (
  driver: string,
  options: readonly string[],
  { runMs, threads }: { runMs: number; threads: number },
): Promise<Ending> => {
  const limit = { cpuMs: threads * runMs + graceMs, sleptMs: runMs + graceMs };
  const ending = await runOnce(driver, options, limit);
  if (!ending.overran || ending.answer) return ending;
  return runOnce(driver, options, { cpuMs: 2 * limit.cpuMs, sleptMs: 2 * limit.sleptMs });
};

/** What the rules make of threads, for those that make anything of them. */
const underThreads = new Map(
  CHAPTERS.flatMap(({ requirements }) => requirements).flatMap(({ id, underThreads: own }) =>
    own ? [[id, own] as const] : [],
  ),
);

/** Findings by rule, each expectation once. */
class Findings {
  private readonly byRule = new Map<string, Finding>();
  private readonly profile: Profile;

  constructor(profile: Profile) {
    this.profile = profile;
  }

  /** What was met puts the rules to the test that say so. */
  exercised(met: StressAnswer['met']): void {
    for (const [id, rule] of underThreads)
      if (rule.exercisedBy !== undefined) this.of(id).exercised += met.get(rule.exercisedBy) ?? 0;
  }

  /** A sight breaks the rules that say so. */
  saw({ what, when, words }: StressSight): void {
    for (const [id, rule] of underThreads) {
      const expected = rule.brokenBy?.[what];
      if (expected === undefined || (when === 'alone' && rule.isOfThreads)) continue;
      this.add(id, when === 'stuck' ? 'hang' : 'violated', expected, words);
    }
  }

  add(id: string, kind: Violation['kind'], expected: string, saw: string): void {
    const finding = this.of(id);
    if (finding.violations.some((one) => one.expected === expected)) return;
    finding.exercised = Math.max(1, finding.exercised);
    const weighed = underThreads.get(id)?.isAdvice?.(this.profile) ? 'warned' : kind;
    finding.violations.push({
      kind: weighed,
      seq: 0,
      expected: printable(expected),
      saw: printable(saw),
    });
  }

  all(): Finding[] {
    return [...this.byRule.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  private of(id: string): Finding {
    let found = this.byRule.get(id);
    if (!found) this.byRule.set(id, (found = { id, exercised: 0, violations: [] }));
    return found;
  }
}

/** A process that ended without an answer. Null, or why it says nothing about threads. */
const addLoss = (findings: Findings, ending: Ending, threads: number): string | null => {
  const { lastWords, hasBegun, how, overran } = ending;
  if (!hasBegun) {
    const where = lastWords ? `in ${lastWords.place} (${lastWords.how})` : `(${how})`;
    return `the provider was lost ${where} before any thread ran beside another`;
  }
  for (const sight of lastWords?.sights ?? []) findings.saw(sight);
  const place = lastWords?.place ?? 'no known callback';
  const expected = 'every callback returns, whatever the other threads do';
  // The driver's own watchdog did not get to speak.
  const isHang = !lastWords && overran;
  const saw = isHang
    ? `the process did not come back, with ${threads} threads at work`
    : `${lastWords?.how ?? how} in ${place}, with ${threads} threads at work`;
  for (const [id, rule] of underThreads)
    if (rule.owns?.(place)) findings.add(id, isHang ? 'hang' : 'crash', expected, saw);
  return null;
};

/**
 * Drives a native provider with `threads` threads, in up to three runs with seeds of their own that
 * share `durationMs`. A run that found a crash or a hang is the last. Throws a NativeBuildError
 * where the driver cannot be built.
 */
export const stressFindings = async (
  source: SubjectSource,
  profile: Profile,
  { seed, durationMs, threads, timeoutMs }: StressOptions,
): Promise<StressResult> => {
  const result: StressResult = { findings: [], callbacks: 0, perThread: [], notRun: null };
  const options = driverOptions(source, profile, timeoutMs);
  if (typeof options === 'string') return { ...result, notRun: options };
  const driver = await buildStressDriver();
  const runs = Math.max(1, Math.min(runsMax, Math.floor(durationMs / runMsMin)));
  const runMs = Math.max(1, Math.floor(durationMs / runs));
  const findings = new Findings(profile);
  for (let run = 0; run < runs; run += 1) {
    const given = [...options, `threads=${threads}`, `seed=${seed + run}`, `duration_ms=${runMs}`];
    const ending = await runTwiceAtMost(driver, given, { runMs, threads });
    const { answer } = ending;
    if (answer?.outcome === 'not-started') return { ...result, notRun: answer.reason };
    if (!answer) {
      const notRun = addLoss(findings, ending, threads);
      if (notRun !== null) return { ...result, notRun };
      break;
    }
    result.callbacks += answer.callbacks;
    answer.perThread.forEach(
      (calls, i) => (result.perThread[i] = (result.perThread[i] ?? 0) + calls),
    );
    findings.exercised(answer.met);
    for (const sight of answer.sights) findings.saw(sight);
    if (answer.outcome === 'hung') break;
  }
  return { ...result, findings: findings.all() };
};
