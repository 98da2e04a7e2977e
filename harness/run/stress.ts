/**
 * `--stress`: a native provider under several real threads. Each run is a process of its own, so that a crash or a
 * hang ends that run only; what the runs found becomes findings by rule, to be merged with those of the traces.
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
} from '../adapters/stress.ts';
import type { Finding, Violation } from '../check/monitor.ts';
import { buildStressDriver } from '../native/build-stress.ts';
import type { Profile } from '../provider/profile.ts';
import { printable } from '../trace/printable.ts';
import type { SubjectSource } from './executor.ts';

export type StressOptions = { seed: number; durationMs: number; threads: number };

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
/** Loading, rehearsal and the look at the books; beyond it the process is ended. */
const graceMs = 30_000;
const hangMs = 2_000;
const outputBytesMax = 262_144;
/** Fewer than the driver's keys, so that maps are full now and then. */
const entriesUsual = 12;
const driverKeys = 16;

/** What the contract calls the life of bindings and maps: CONC-005 has them run side by side. */
const lifeCallbacks = [
  'ProviderAttachClient',
  'ProviderDetachClient',
  'ProviderCleanupBindingContext',
  'preprocess_map_create',
  'postprocess_map_delete',
];

/** The driver's options for this provider; a sentence when the profile leaves it nothing to do. */
const driverOptions = (source: SubjectSource, profile: Profile): string[] | string => {
  if (source.nmr !== null)
    return 'the stress driver brings its own registrar, so --nmr leaves it nothing to drive';
  const [sizes] = profile.accepted;
  if (!sizes) return 'no combination of key and value size is known that the provider accepts';
  const wanted = profile.keysBelowMaxEntries ? driverKeys : entriesUsual;
  const { min, max } = profile.maxEntries;
  return [
    `library=${path.resolve(source.path)}`,
    `hang_ms=${hangMs}`,
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
const runOnce = (driver: string, options: readonly string[], limitMs: number): Promise<Ending> =>
  new Promise((resolve, reject) => {
    const { file, execArgv } = processModule();
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, [...execArgv, file], {
      env,
      // Standard output is the subject's and nobody reads it.
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    const heard = ['', ''];
    let hasBegun = false;
    [child.stderr, child.stdio[3]].forEach((stream, i) =>
      stream?.on('data', (bytes: Buffer) => {
        heard[i] = (heard[i]! + bytes.toString('utf8')).slice(-outputBytesMax);
        hasBegun ||= saysBegun(heard[0]!);
      }),
    );
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({
        answer: readStressAnswer(heard[1]!),
        lastWords: readLastWords(heard[0]!),
        hasBegun,
        how: signal ?? `exit(${code})`,
      }),
    );
    child.stdin?.on('error', () => {}); // It may end before it reads.
    child.stdin?.end(JSON.stringify({ driver, options }));
  });

/** What is true of every violation the driver tells: which of them this provider's rules turn into advice. */
const isAdvice = (rule: string, profile: Profile): boolean =>
  (rule === 'CONC-007' && profile.deleteStyle !== 'preprocess') ||
  (rule === 'CRUD-DEL-016' &&
    (profile.deleteStyle !== 'preprocess' || profile.updatesOriginalValue));

/** Findings by rule, each expectation once. */
class Findings {
  private readonly byRule = new Map<string, Finding>();
  private readonly profile: Profile;

  constructor(profile: Profile) {
    this.profile = profile;
  }

  exercised(id: string, times: number): void {
    this.of(id).exercised += times;
  }

  add(id: string, kind: Violation['kind'], expected: string, saw: string): void {
    const finding = this.of(id);
    if (finding.violations.some((one) => one.expected === expected)) return;
    finding.exercised = Math.max(1, finding.exercised);
    const weighed = isAdvice(id, this.profile) ? 'warned' : kind;
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
  const { lastWords, hasBegun, how } = ending;
  if (!hasBegun) {
    const where = lastWords ? `in ${lastWords.place} (${lastWords.how})` : `(${how})`;
    return `the provider was lost ${where} before any thread ran beside another`;
  }
  for (const { rule, kind, expected, saw } of lastWords?.violations ?? [])
    findings.add(rule, kind, expected, saw);
  const place = lastWords?.place ?? 'no known callback';
  const expected = 'every callback returns, whatever the other threads do';
  // SIGKILL without an answer is the time limit's: the driver's own watchdog did not get to speak.
  const isHang = !lastWords && how === 'SIGKILL';
  const saw = isHang
    ? `the process did not come back, with ${threads} threads at work`
    : `${lastWords?.how ?? how} in ${place}, with ${threads} threads at work`;
  findings.add(
    place === 'cmc_provider_stop' ? 'UNLOAD-001' : 'CONC-001',
    isHang ? 'hang' : 'crash',
    expected,
    saw,
  );
  if (lifeCallbacks.includes(place)) findings.add('CONC-005', 'crash', expected, saw);
  return null;
};

/**
 * Drives a native provider with `threads` threads, in up to three runs with seeds of their own that share
 * `durationMs`. A run that found a crash or a hang is the last. Throws a NativeBuildError where the driver cannot be
 * built.
 */
export const stressFindings = async (
  source: SubjectSource,
  profile: Profile,
  { seed, durationMs, threads }: StressOptions,
): Promise<StressResult> => {
  const result: StressResult = { findings: [], callbacks: 0, perThread: [], notRun: null };
  const options = driverOptions(source, profile);
  if (typeof options === 'string') return { ...result, notRun: options };
  const driver = await buildStressDriver();
  const runs = Math.max(1, Math.min(runsMax, Math.floor(durationMs / runMsMin)));
  const runMs = Math.max(1, Math.floor(durationMs / runs));
  const findings = new Findings(profile);
  for (let run = 0; run < runs; run += 1) {
    const given = [...options, `threads=${threads}`, `seed=${seed + run}`, `duration_ms=${runMs}`];
    const ending = await runOnce(driver, given, runMs + graceMs);
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
    for (const [rule, times] of answer.exercised) findings.exercised(rule, times);
    for (const { rule, kind, expected, saw } of answer.violations)
      findings.add(rule, kind, expected, saw);
    if (answer.outcome === 'hung') break;
  }
  return { ...result, findings: findings.all() };
};
