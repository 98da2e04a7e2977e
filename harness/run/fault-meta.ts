/**
 * What a fixture says of itself: `export const meta` of a module, or a .json beside a library.
 * Nothing of it is trusted.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../fault.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';

export type FaultMeta = {
  id: string;
  /** Rules of which at least one must be broken. Empty for variants. */
  violates: string[];
  /** Kind of verdict: `warn`, or anything graver; other text is a sentence to look for. */
  expects: 'fail' | 'crash' | 'hang' | 'warn';
  sentence?: string;
  dialect?: DialectName;
  revision?: 'merged' | 'draft';
  /** `start`: the module cannot be loaded or started, exit code 5. */
  stage?: 'start';
  /** SHOULD rules that a variant may be warned about. */
  warns?: string[];
  config?: DeclaredProfile;
  /** false: judged without the bundled enum as header. */
  enumHeader?: boolean;
};

const kinds = ['fail', 'crash', 'hang', 'warn'] as const;

/** Reads the meta of a fixture file; UsageError when it has none. */
export const readMeta = async (file: string): Promise<FaultMeta> => {
  const beside = file.replace(/\.[^.]+$/, '.json');
  let given: unknown = null;
  if (existsSync(beside)) {
    try {
      given = JSON.parse(readFileSync(beside, 'utf8'));
    } catch {
      throw new UsageError(`${beside} is not JSON`);
    }
  } else if (/\.(ts|js|mjs)$/.test(file)) {
    const module = (await import(pathToFileURL(path.resolve(file)).href)) as { meta?: unknown };
    given = module.meta;
  }
  return checkMeta(given, file);
};

const checkMeta = (given: unknown, file: string): FaultMeta => {
  const name = path.basename(file).replace(/\.[^.]+$/, '');
  const read = (given ?? {}) as Record<string, unknown>;
  const strings = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  if (given === null || given === undefined) {
    throw new UsageError(
      `${file} has no meta; export const meta = { id, violates, expects } or put a .json beside it`,
    );
  }
  const expects = kinds.find((kind) => kind === read['expects']);
  const sentence =
    typeof read['sentence'] === 'string'
      ? read['sentence']
      : typeof read['expects'] === 'string' && !expects
        ? read['expects']
        : undefined;
  const profile = read['config'] ?? read['profile'];
  return {
    id: typeof read['id'] === 'string' ? read['id'].slice(0, 80) : name,
    violates: strings(read['violates']),
    expects: expects ?? 'fail',
    ...(sentence === undefined ? {} : { sentence }),
    ...(read['dialect'] === 'as-shipped' || read['dialect'] === 'detach-first'
      ? { dialect: read['dialect'] }
      : {}),
    ...(read['revision'] === 'draft' ? { revision: 'draft' as const } : {}),
    ...(read['stage'] === 'start' ? { stage: 'start' as const } : {}),
    warns: strings(read['warns']),
    ...(profile && typeof profile === 'object' ? { config: profile as DeclaredProfile } : {}),
    ...(read['enumHeader'] === false ? { enumHeader: false } : {}),
  };
};
