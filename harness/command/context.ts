/**
 * What the commands reach out to: the engine, the chapters, the two streams. Everything loads when
 * it is first called, so that `mapcert list` starts fast; tests hand in their own.
 */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import type {
  CertifyOptions,
  HeaderOptions,
  MutateOptions,
  MutateResult,
  ProbeOptions,
  ProbeResult,
  ReplayOptions,
  ReplayResult,
  RuntimeOptions,
  SelftestOptions,
  ShrinkOptions,
  ShrinkResult,
} from '../run/options.ts';
import type { RunRecord } from '../conclude/record.ts';
import type { Chapter } from '../conclude/chapter.ts';

/** A stream to write to, and whether a person watches it. */
export type Output = {
  write: (text: string) => unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
};

export type Context = {
  certify: (options: CertifyOptions) => Promise<RunRecord>;
  certifyRuntime: (options: RuntimeOptions) => Promise<RunRecord>;
  certifyHeader: (options: HeaderOptions) => Promise<RunRecord>;
  replay: (options: ReplayOptions) => Promise<ReplayResult>;
  shrink: (options: ShrinkOptions) => Promise<ShrinkResult>;
  probe: (options: ProbeOptions) => Promise<ProbeResult>;
  mutate: (options: MutateOptions) => Promise<MutateResult>;
  selftest: (options: SelftestOptions) => Promise<SelftestResult>;
  chapters: () => Promise<readonly Chapter[]>;
  stdout: Output;
  stderr: Output;
  /** Where runs are kept under short names; absent: nowhere. */
  workFolder?: string;
  /** What the command line said, for evidence. */
  argv?: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
};
