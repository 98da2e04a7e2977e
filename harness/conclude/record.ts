/** The record of a whole run: the only input of reports/. JSON, no clock, no path, no address. */
import type { Outcome, Verdict } from '../check/verdict.ts';
import type { Nature } from './blamed.ts';
import type { Cause } from './cause.ts';
import type { Covered } from '../trace/covered.ts';
import type { Plan } from '../trace/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { UpgradeRecord } from './upgrade-record.ts';
import type { Setting } from '../trace/setting.ts';

export const REPORT_SCHEMA = 'custom-map-conformance/report@1';

/** The smallest run found that shows a violation, and how to repeat it. */
export type Counterexample = {
  plan: Plan;
  choices: number[];
  trace: TraceEvent[];
  /** Command line that repeats it. */
  replay: string;
  /** Short name of the run, for `mapcert replay`. Recordings and older reports have none. */
  id?: string;
};

/**
 * A cause of violations, how often it was seen, and for a crash the line where its smallest run was
 * lost.
 */
export type CauseRecord = Cause & { seen: number; place?: string };

/** One row per rule of the catalogue, in catalogue order. */
export type RequirementRecord = {
  id: string;
  level: string;
  subject: string;
  /** Chapter that judges it; null when none does yet. */
  suite: string | null;
  verdict: Verdict;
  /**
   * Verdicts under the other dialects; never decide. `replay`: the command line that shows it
   * again.
   */
  advisory: Record<string, { verdict: Verdict; message: string | null; replay?: string }>;
  exercised: number;
  runs: number;
  strength: 'static' | 'exhaustive' | 'sampled' | null;
  /** Schedules counted when strength is exhaustive. */
  schedules?: number;
  /**
   * How the runs treated the subject in which the rule was broken, the more ordinary; absent: it
   * was not.
   */
  setting?: Setting;
  /** One paragraph: expected, saw, where (operation and callback named). */
  message: string | null;
  /** Operation and callback of the violation, for machines. */
  at: { operation: string | null; callback: string | null; seq?: number } | null;
  /** `trouble`: the waiver itself is at fault; the run then ends with exit code 3. */
  waiver: {
    reason: string;
    expires: string | null;
    trouble?: 'stale' | 'expired' | 'mismatching';
    /** What does not fit, and what to write instead. */
    says?: string;
  } | null;
  /**
   * The distinct causes of its violations, with how often each was seen: a waiver excuses one.
   * Absent: none.
   */
  causes?: CauseRecord[];
  /** Violations of further causes than are listed. */
  moreCauses?: number;
  /** Why not judged: not-applicable, not-selected, inconclusive, vacuous. */
  reason: string | null;
  /** Rules of the runtime in a simulated run: how often the reference runtime was checked. */
  selfCheck?: { exercised: number; ok: boolean };
  counterexample: Counterexample | null;
};

/**
 * What one cause broke: the call of the subject that is to blame, what it did, and every rule that
 * is broken by it. Rules stay what the verdict is about.
 */
export type FindingRecord = {
  /** Name of the kind of thing that is wrong, and in which callback; for comparing reports. */
  key: string;
  nature: Nature;
  /** The rule that says most directly what went wrong; its row has the counterexample. */
  rule: string;
  alsoBreaks: string[];
  /** The gravest of its rules. */
  verdict: Verdict;
  setting?: Setting;
  /** The callback that is to blame; null: none is known, as of registered structures. */
  callback: string | null;
  /** The call with its arguments, the operation it belongs to, and its event in the trace. */
  call: string | null;
  operation: string | null;
  seq: number | null;
  /** What the call did; null: the message says it. */
  did: string | null;
  /** The message of the rule. */
  message: string;
  /** Rules that could not be judged since the subject was lost in this callback. */
  unjudged: string[];
};

/** Work done, by chapter. */
export type ChapterRecord = {
  suite: string;
  scenarios: number;
  generated: number;
  operations: number;
  callbacks: number;
};

/** One thing that the verdict rests on. What was only probed excuses nothing. */
export type RestsOn = {
  what: string;
  by: 'declared' | 'probed' | 'assumed' | 'data';
  excuses: string[];
};

export type RunRecord = {
  schema: typeof REPORT_SCHEMA;
  tool: { name: string; version: string };
  suite: { revision: 'merged' | 'draft'; requirementsSha256: string };
  subject: {
    kind: 'in-process' | 'native' | 'recorded' | 'runtime' | 'header';
    name: string;
    mapTypes: number[];
    sha256: string;
  };
  /**
   * What was declared, probed or assumed of the subject, and which rules that excuses. Older
   * reports lack it.
   */
  restsOn?: RestsOn[];
  profile: Record<string, unknown>;
  seed: number;
  selection: {
    suites: string[] | null;
    only: string[] | null;
    level: string | null;
    shard: string | null;
  };
  outcome: Outcome;
  exitCode: number;
  totals: Record<string, number>;
  executed: { runs: number; operations: number; callbacks: number };
  /** What the runs brought about. Older reports lack it. */
  covered?: Covered;
  chapters: ChapterRecord[];
  /** Violations by their causes, the one to look at first first. Older reports lack it. */
  findings?: FindingRecord[];
  requirements: RequirementRecord[];
  /** Which changes of a runtime break the provider (`--upgrade`); absent: nobody asked. */
  upgrade?: UpgradeRecord;
  /**
   * Why there is no verdict at all (exit codes 4, 5 and 7 before anything was judged): then there
   * are no rules either.
   */
  error?: string;
  /**
   * Sentences the reader must see: losses without attribution, bounds that ran out, harness
   * trouble.
   */
  notes: string[];
};

export const REPLAY_SCHEMA = 'custom-map-conformance/replay@1';

/** One run, as data: enough to repeat it. */
export type ReplayFile = {
  schema: typeof REPLAY_SCHEMA;
  /**
   * Name, kind and digest of the subject that it was found on; `file` relative to the replay file.
   */
  subject: {
    kind: RunRecord['subject']['kind'];
    name: string;
    sha256: string;
    file?: string | null;
  };
  requirement: string;
  revision: 'merged' | 'draft';
  seed: number;
  plan: Plan;
  choices: number[];
  /** What was seen then. */
  message?: string | null;
  /** How the subject was opened, in a file: paths relative to it. */
  opened?: {
    config: string | null;
    nmr: string | null;
    enumHeader: string | null;
    asan: boolean;
    timeoutMs: number | null;
  };
};
