/**
 * What the command line asks of the engine, and what it gets back. The commands fill these in, the
 * engine carries them out; neither knows how the other does it.
 */
import type { Violation } from '../check/monitor.ts';
import type { Verdict } from '../check/verdict.ts';
import type { Profile } from '../provider/profile.ts';
import type { RegistryReport } from '../registry/output.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { DialectName, Plan } from '../trace/plan.ts';
import type { RanRun } from '../conclude/ran-run.ts';
import type { ReplayFile } from '../conclude/record.ts';

/** How far a run is; shown on a terminal and nowhere else. */
export type Progress = { done: number; total: number; phase: string };

export type CertifyOptions = {
  /** File of the subject; null = the embedded default. */
  subject: string | null;
  config: string | null;
  suites: string[] | null;
  /** Ids, globs already expanded. */
  only: string[] | null;
  level: 'must' | 'should' | null;
  revision: 'merged' | 'draft';
  /** `as-documented` first: it decides. The others are advisory. */
  dialects: DialectName[];
  seed: number;
  runs: number | null;
  budgetMs: number | null;
  timeoutMs: number | null;
  jobs: number;
  /** From 1. */
  shard: { index: number; of: number } | null;
  lowMemory: boolean;
  stress: boolean;
  waivers: string | null;
  /** Documented divergences of a recorded runtime (YAML). */
  errata?: string | null;
  inProcess: boolean;
  nmr: string | null;
  /** The subject was built with a sanitizer; its hosts get the runtime. */
  asan?: boolean;
  enumHeader: string | null;
  /** Release of eBPF for Windows whose readings decide; null: the document's do. */
  runtimeVersion?: string | null;
  /** Which changes of a runtime break the provider is searched for. */
  upgrade?: boolean;
  /** Folder for what the engine writes; null = it writes nothing. */
  out: string | null;
  progress: (progress: Progress) => void;
  /** The day by which waivers expire; absent: this one. */
  today?: string | undefined;
  /** Counterexamples that are run before all else. */
  regressions?: readonly ReplayFile[] | undefined;
  /** Hears of each run that was made once, with the digest of its trace; not of walks. */
  ran?: ((run: RanRun) => void) | undefined;
};

/** The roles swapped: a runtime, something that plays eBPFCore, is judged. */
export type RuntimeOptions = Omit<
  CertifyOptions,
  | 'subject'
  | 'waivers'
  | 'nmr'
  | 'enumHeader'
  | 'dialects'
  | 'lowMemory'
  | 'upgrade'
  | 'runtimeVersion'
> & {
  /** A shared library or a module; null = the embedded reference runtime. */
  library: string | null;
  waivers?: string | null;
};

/** A header that was judged, and what excuses what was found of it. */
export type HeaderOptions = {
  report: RegistryReport;
  waivers: string | null;
  today?: string | undefined;
};

export type ReplayOptions = {
  replay: ReplayFile;
  /** Where the replay file lies; its `subject.file` is relative to this folder. */
  folder: string;
  /** Subject named on the command line; null = the one of the file. */
  subject: string | null;
  config: string | null;
  timeoutMs: number | null;
  inProcess: boolean;
  nmr: string | null;
  asan?: boolean;
  /** Header whose map types the rules of the enum are judged by; null = none. */
  enumHeader?: string | null;
};

/** What a repeated run showed. */
export type ReplayResult = {
  /** Same rule, same message, same place as the file says. */
  reproduced: boolean;
  requirement: string;
  verdict: Verdict;
  message: string | null;
  /** The subject is another one than the file's (its digest differs). */
  subjectChanged: boolean;
  /** What broke the rule; null or absent: nothing did. */
  violation?: Violation | null;
  plan: Plan;
  choices: number[];
  trace: TraceEvent[];
};

/** The smaller run that shrink found; `replay` is the file to write. */
export type ShrinkOptions = ReplayOptions & {
  budgetMs: number | null;
  progress: CertifyOptions['progress'];
};
export type ShrinkResult = {
  replay: ReplayFile;
  operationsBefore: number;
  operationsAfter: number;
};

export type ProbeOptions = Pick<
  CertifyOptions,
  'config' | 'revision' | 'timeoutMs' | 'inProcess' | 'nmr' | 'asan'
> & { subject: string };

export type ProbeResult = {
  name: string;
  profile: Profile;
  /** A sentence for each call that the subject did not come back from. */
  losses: readonly string[];
};

export type SelftestOptions = {
  /** Folders of others' faults and variants; null = the bundled ones. */
  faults: string | null;
  variants: string | null;
  only: string[] | null;
  seed: number;
  /** Seeds, from `seed` on, with which every right subject must come to the same verdicts. */
  seeds: number;
  jobs: number;
  /** Longest time for one fault. */
  budgetMs: number | null;
  /** Right subjects only, simulated and native, each swept as certify --low-memory does. */
  lowMemory?: boolean;
  /** The same, driven as certify --stress does. */
  stress?: boolean;
  progress: CertifyOptions['progress'];
};

export type MutateOptions = {
  /** What is loaded: a module, or the C source itself. */
  subject: string;
  /** The file with the code that is changed. */
  source: string;
  /** Further C files of the library. */
  beside: string[];
  config: string | null;
  seed: number;
  /** As many mutants at most; null = all. */
  most: number | null;
  jobs: number;
  progress: CertifyOptions['progress'];
};

/**
 * What became of a mutant. `killed`: a MUST is broken. `refused`: it does not compile, load or
 * start. `open`: rules could not be judged. `warned`: a recommendation is broken that the unchanged
 * subject keeps. `survived`: it is certified.
 */
export type Fate = 'killed' | 'refused' | 'open' | 'warned' | 'survived';

export type MutateResult = {
  source: string;
  /** Mutants that there are; `mutants` are those that were tried. */
  found: number;
  mutants: {
    id: string;
    line: number;
    column: number;
    operator: string;
    from: string;
    to: string;
    fate: Fate;
    /** Rules that were broken, or left open. */
    rules: string[];
    message: string | null;
    /** Runs until it was clear. */
    runs: number;
  }[];
};
