/** Where runs happen: in a host process (the rule) or in this one (debuggers). */
import type { BlindSpot } from '../provider/blind-spot.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import type { Job, RunResult, Watch } from './execute.ts';

/** What is known of a subject once it is loaded in a host. */
export type SubjectFacts = {
  kind: 'in-process' | 'native' | 'runtime';
  name: string;
  sha256: string;
  /** Declared members that are data; functions are named by true in `declaredFunctions`. */
  declared: DeclaredProfile | null;
  hasMakeValue: boolean;
  hasResourceCount: boolean;
  hasDrain: boolean;
  hasInvokeHelper: boolean;
  /** What starts it, in its own words. */
  entry?: string;
  /** What cannot be seen of it through the adapter. */
  hidden?: readonly BlindSpot[];
};

/**
 * Where the subject and its config are; with `role` a runtime, and without a path then the
 * reference.
 */
export type SubjectSource = {
  path: string;
  config: string | null;
  nmr: string | null;
  role?: 'runtime';
};

export type Executor = {
  facts: SubjectFacts;
  /**
   * Runs jobs in order. A subject that is lost costs only its own job: the trace then ends with a
   * `lost` event and `run-ended`, and the next job gets a fresh instance.
   */
  run: (jobs: readonly Job[]) => Promise<RunResult[]>;
  close: () => Promise<void>;
};

/** A subject that is loaded, in a host or in this process: each run is an instance of its own. */
export type Session = {
  facts: SubjectFacts;
  run: (job: Job, watch: Watch) => Promise<RunResult>;
  close: () => void;
};
