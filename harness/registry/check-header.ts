/** Reads headers, lets the rules judge them, and says it. The rules are rules.ts. */
import { createHash } from 'node:crypto';
import type { BaseRegistry, Finding, Revision, TypeClaim } from './finding.ts';
import { HeaderError, visible } from './header.ts';
import type { MapTypeEnum } from './header.ts';
import { errorAnnotation, registryAnnotations, registryJson, registryText } from './output.ts';
import type { RegistryReport } from './output.ts';
import { readClaim } from './provider-type.ts';
import { readHeader } from './read-header.ts';
import { judgeRegistry, ruleRows } from './rules.ts';
import { bundledMapTypes } from './snapshot.ts';

/** What to check, as the command line names it. */
export type RegistryOptions = {
  readonly header: string;
  readonly base?: string;
  readonly with?: readonly string[];
  readonly type?: readonly string[];
  readonly revision?: string;
  readonly json?: boolean;
  readonly annotations?: boolean;
};

/** What came of it. `error` is the sentence for the error stream where nothing could be judged. */
export type RegistryRun = {
  readonly exitCode: 0 | 1 | 4 | 6;
  readonly text: string;
  readonly error: string | null;
  readonly findings: readonly Finding[];
  /** What was judged; null: nothing could be. */
  readonly report: RegistryReport | null;
};

/**
 * Checks a header: 0 conformant, 1 a MUST is violated, 4 wrong use or unreadable input, 6 nothing
 * to judge.
 */
export async function runRegistry(options: RegistryOptions): Promise<RegistryRun> {
  try {
    const report = await judged(options);
    return {
      exitCode: report.findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0,
      text: shownRegistry(report, options),
      error: null,
      findings: report.findings,
      report,
    };
  } catch (error) {
    if (error instanceof UsageError)
      return { exitCode: 4, text: '', error: error.message, findings: [], report: null };
    if (!(error instanceof HeaderError)) throw error;
    const exitCode = error.reason === 'nothing' && error.file === options.header ? 6 : 4;
    const text = options.annotations === true ? errorAnnotation(error) : '';
    return { exitCode, text, error: error.message, findings: [], report: null };
  }
}

class UsageError extends Error {
  override readonly name = 'UsageError';
}

async function judged(options: RegistryOptions): Promise<RegistryReport> {
  const revision = revisionOf(options.revision ?? 'merged');
  const claims = (options.type ?? []).map(claimOf);
  if (options.json === true && options.annotations === true) {
    throw new UsageError(
      '--json and --annotations both write to the standard output; choose one of them',
    );
  }
  const text = readHeader(options.header);
  const header = await parsed(text, options.header);
  const base = options.base === undefined ? bundledBase : baseOf(await load(options.base));
  const others: MapTypeEnum[] = [];
  for (const file of options.with ?? []) others.push(await load(file));
  const input = { header, base, others, claims, revision };
  const findings = judgeRegistry(input);
  const isViolated = findings.some(({ verdict }) => verdict === 'fail');
  return {
    header,
    base,
    revision,
    outcome: isViolated ? 'NON-CONFORMANT' : 'CONFORMANT',
    exitCode: isViolated ? 1 : 0,
    rules: ruleRows(findings, input),
    findings,
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}

/** A checked header as the options want it shown. */
export function shownRegistry(
  report: RegistryReport,
  { json, annotations }: Pick<RegistryOptions, 'json' | 'annotations'>,
): string {
  if (json === true) return registryJson(report);
  const text = registryText(report);
  return annotations === true ? [...registryAnnotations(report.findings), text].join('\n') : text;
}

const bundledBase: BaseRegistry = {
  label: 'the bundled registry',
  kind: 'bundled',
  types: bundledMapTypes,
};

const baseOf = ({ file, entries }: MapTypeEnum): BaseRegistry => ({
  label: visible(file),
  kind: 'header',
  types: entries.map(({ name, value }) => ({ name, id: value })),
});

const load = (file: string): Promise<MapTypeEnum> => parsed(readHeader(file), file);

async function parsed(text: string, file: string): Promise<MapTypeEnum> {
  // The parser is a megabyte of WebAssembly that the other commands need not wait for.
  const { parseHeader } = await import('./parse-header.ts');
  return parseHeader(text, file);
}

function revisionOf(text: string): Revision {
  if (text === 'merged' || text === 'draft') return text;
  throw new UsageError(
    `--revision ${visible(text)}: there is no such revision; choose merged or draft`,
  );
}

function claimOf(text: string): TypeClaim {
  const claim = readClaim(text);
  if (claim !== undefined) return claim;
  throw new UsageError(
    `--type ${visible(text)}: this is neither NAME=ID nor NAME nor ID; write for example XSKMAP=16`,
  );
}
