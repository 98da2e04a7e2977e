/**
 * What parent and host process say to each other. Traces travel as JSON text, which is the fastest
 * of all ways.
 */
import type { Limit } from '../adapters/process-load.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { SubjectFacts, SubjectSource } from '../execute/executor.ts';

/** Descriptors of the host process beyond the usual three and the channel. */
export const marksDescriptor = 4;
export const journalDescriptor = 5;
export const crashDescriptor = 6;

export type ToHost =
  | {
      what: 'load';
      source: SubjectSource;
      overlay: DeclaredProfile | null;
      waits: Limit;
      /** The crash reporter's library; null where there is none. */
      reporter: string | null;
    }
  /** What does this module say of itself? */
  | { what: 'describe'; file: string }
  /** `journal`: every event is written at once, for a run that may not come back. */
  | { what: 'run'; jobs: readonly Job[]; journal: boolean };

export type FromHost =
  | { what: 'loaded'; facts: SubjectFacts; functions: string[] }
  | { what: 'described'; meta: unknown }
  /** The subject or its configuration is refused, in one sentence. */
  | { what: 'refused'; fault: 'subject' | 'usage' | 'harness'; sentence: string }
  /** Results as JSON texts, in order, from job `from` of the batch. */
  | { what: 'results'; from: number; results: string[]; isLast: boolean };

export const packResult = (result: RunResult): string => JSON.stringify(result);
export const unpackResult = (text: string): RunResult => JSON.parse(text) as RunResult;
