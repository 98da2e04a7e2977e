/** Certifying from a program: what the command line does, as functions that give the record. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRequirementId } from './abi/catalogue.ts';
import type { RunRecord } from './conclude/record.ts';
import { UsageError } from './errors/errors.ts';
import { HostPool } from './host/host-pool.ts';
import * as engine from './run/certify.ts';
import type { CertifyOptions as Options } from './run/options.ts';

export type { RunRecord, RequirementRecord, FindingRecord } from './conclude/record.ts';
export type { Outcome, Verdict } from './check/verdict.ts';

/**
 * How a subject is certified. What is left out is as on the command line.
 *
 * @example
 *   const record = await certify({ subject: new URL('./provider.ts', import.meta.url) });
 *   if (record.exitCode !== 0) throw new Error(record.outcome);
 */
export type CertifyInput = {
  /** A module, a library or a recording; absent: the embedded sample (for a runtime, reference). */
  subject?: string | URL;
  /** A provider, or something that plays eBPFCore. Default: provider. */
  kind?: 'provider' | 'runtime';
  /** Profile of the subject; default: the file next to it. */
  config?: string | URL;
  /** Ids of rules; default: all that bind the subject. */
  only?: readonly string[];
  seed?: number;
  /** Generated runs per chapter. */
  runs?: number;
  /** Longest time of one callback, in milliseconds. */
  timeoutMs?: number;
  revision?: 'merged' | 'draft';
  /** File of accepted violations. */
  waivers?: string | URL;
  lowMemory?: boolean;
  /** Library with the NMR that the driver is linked against. */
  nmr?: string | URL;
  /** The library was built with a sanitizer. */
  asan?: boolean;
};

const fileOf = (given: string | URL | undefined): string | null =>
  given === undefined ? null : path.resolve(given instanceof URL ? fileURLToPath(given) : given);

const optionsOf = (input: CertifyInput): Options => {
  const wrong = input.only?.find((id) => !isRequirementId(id));
  if (wrong !== undefined)
    throw new UsageError(
      `only: ${JSON.stringify(wrong)} is no rule; see mapcert list requirements`,
    );
  return {
    subject: fileOf(input.subject),
    config: fileOf(input.config),
    ...{ suites: null, only: input.only ? [...input.only] : null, level: null, shard: null },
    revision: input.revision ?? 'merged',
    dialects: ['as-documented', 'as-shipped', 'detach-first'],
    seed: input.seed ?? 1,
    runs: input.runs ?? null,
    ...{ budgetMs: null, timeoutMs: input.timeoutMs ?? null, jobs: 1, stress: false },
    lowMemory: input.lowMemory ?? false,
    waivers: fileOf(input.waivers),
    ...{ errata: null, inProcess: false, nmr: fileOf(input.nmr), asan: input.asan ?? false },
    ...{ enumHeader: null, out: null, progress: () => undefined },
  };
};

/**
 * Certifies a subject and gives the record that all reports are made of. A subject that breaks the
 * contract is a record too (`exitCode` 1). Throws where there is nothing to report: wrong options,
 * a subject that does not load (`exitCode` 5 of the error), a fault of the harness.
 */
export const certify = async (input: CertifyInput = {}): Promise<RunRecord> => {
  const options = optionsOf(input);
  if (input.kind === 'runtime') {
    const { subject, ...rest } = options;
    return engine.certifyRuntime({ ...rest, library: subject });
  }
  const hosts = new HostPool();
  try {
    return await engine.certify(options, hosts);
  } finally {
    await hosts.close();
  }
};
