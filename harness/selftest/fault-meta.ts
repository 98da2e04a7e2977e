/**
 * What a fixture says of itself: `export const meta` of a module, or a .json beside a library.
 * Nothing of it is trusted, and a module is imported in a host process only.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../errors/errors.ts';
import { readText } from '../trace/text-file.ts';
import { describeModules } from '../host/describe.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';

export type FaultMeta = {
  id: string;
  /**
   * Rules of which at least one must be broken, or all left open (`incomplete`). Empty for
   * variants.
   */
  violates: string[];
  /** Several faults at once: every rule named must be broken. */
  all?: true;
  /**
   * Kind of verdict: `warn`, or anything graver; other text is a sentence to look for.
   * `incomplete`: what is refused without a declaration breaks no rule, and none may pass for it
   * (outcome INCOMPLETE, the sentence among the reasons).
   */
  expects: 'fail' | 'crash' | 'hang' | 'warn' | 'incomplete';
  sentence?: string;
  dialect?: DialectName;
  revision?: 'merged' | 'draft';
  /** `start`: the module cannot be loaded or started, exit code 5. */
  stage?: 'start';
  /** It shows between real threads only: natively, in runs that no plan orders. */
  stress?: true;
  /** It shows only where the pool of a module runs out, as it does with `--low-memory`. */
  lowMemory?: true;
  /**
   * The fault is found by the rules that it names, and no other MUST is broken besides. Absent: so
   * it is where those rules are recommendations; `false`: not even then.
   */
  alone?: boolean;
  /** SHOULD rules that a variant may be warned about. */
  warns?: string[];
  config?: DeclaredProfile;
  /** false: judged without the bundled enum as header. */
  enumHeader?: boolean;
};

const kinds = ['fail', 'crash', 'hang', 'warn', 'incomplete'] as const;

/** The metas of fixture files, in their order; UsageError when one has none. */
export const readMetas = async (files: readonly string[]): Promise<FaultMeta[]> => {
  const told = new Map<string, unknown>(files.map((file) => [file, beside(file)]));
  const modules = files.filter(
    (file) => told.get(file) === undefined && /\.(ts|js|mjs)$/.test(file),
  );
  const described = await describeModules(modules);
  modules.forEach((file, at) => {
    const answer = described[at]!;
    if ('failure' in answer) {
      throw new UsageError(
        `the meta of ${file} cannot be read: ${answer.failure}; put a .json beside it`,
      );
    }
    told.set(file, answer.meta);
  });
  return files.map((file) => checkMeta(told.get(file), file));
};

/** The meta of one fixture file. */
export const readMeta = async (file: string): Promise<FaultMeta> => (await readMetas([file]))[0]!;

/**
 * What the .json beside it says, which comes before what a module says; undefined when there is
 * none.
 */
const beside = (file: string): unknown => {
  const name = file.replace(/\.[^.]+$/, '.json');
  if (!existsSync(name)) return undefined;
  try {
    return JSON.parse(readText(name));
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new UsageError(`${name} is not JSON`);
  }
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
    ...(read['stress'] === true ? { stress: true as const } : {}),
    ...(read['lowMemory'] === true ? { lowMemory: true as const } : {}),
    ...(typeof read['alone'] === 'boolean' ? { alone: read['alone'] } : {}),
    ...(read['all'] === true ? { all: true as const } : {}),
    warns: strings(read['warns']),
    ...(profile && typeof profile === 'object' ? { config: profile as DeclaredProfile } : {}),
    ...(read['enumHeader'] === false ? { enumHeader: false } : {}),
  };
};
