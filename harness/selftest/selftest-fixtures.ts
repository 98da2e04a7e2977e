/**
 * The fixtures of a matrix: what lies in a folder, what it says of itself, and how one of them is
 * opened.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SubjectContext } from '../check/subject.ts';
import { UsageError } from '../errors/errors.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import { bundledHeader } from '../run/bundled-header.ts';
import type { Executor, SubjectSource } from '../execute/executor.ts';
import { readMetas, type FaultMeta } from './fault-meta.ts';
import { probe } from '../campaign/probe.ts';
import { contextOf } from '../run/provider.ts';

/** A fixture: a module or library, with what is said of it. */
export type Fixture = {
  file: string;
  meta: FaultMeta;
  /** Hosts that it shares with others; absent: a host of its own. */
  hosts?: HostPool;
};

const subjectEndings = ['.ts', '.js', '.mjs', '.so', '.dll', '.dylib'];

/** Compiled, a module has declarations beside it, which are none. */
const isSubject = (name: string): boolean =>
  subjectEndings.includes(path.extname(name)) && !/\.(test|d)\.ts$/.test(name);

/**
 * The fixtures of a folder, by name. A subject without meta is a usage error: it could not be
 * judged.
 */
export const fixturesIn = async (folder: string): Promise<Fixture[]> => {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    throw new UsageError(`the folder ${folder} cannot be read; name a folder of fault modules`);
  }
  const files = names.filter((name) => isSubject(name) && name !== 'index.ts');
  return fixturesOf(files.map((name) => path.join(folder, name)));
};

const fixturesOf = async (files: readonly string[]): Promise<Fixture[]> => {
  const metas = await readMetas(files);
  return files.map((file, at) => ({ file, meta: metas[at]! }));
};

/** The folder of our own fixtures of that name. */
export const bundledFolder = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** Faults of rules that a TypeScript provider cannot break: a GUID is a string there. */
const brokenOnlyInC = 'faults/ASSOC-005';

/**
 * Those faults, compiled. Throws NativeBuildError without a compiler: a rule must not pass for
 * unproven in silence.
 */
export const onlyInC = async (): Promise<Fixture[]> => {
  const { buildNative } = await import('../native/build.ts');
  const built = await buildNative(brokenOnlyInC);
  return fixturesOf(built.map(({ library }) => library));
};

export const sourceOf = ({ file }: Fixture): SubjectSource => ({
  path: file,
  config: null,
  nmr: null,
});

/**
 * Right providers of ours beside the variants: the simulated ones, without the parts that they are
 * made of, and those in C. Throws NativeBuildError without a compiler.
 */
export const rightOnes = async (): Promise<Fixture[]> => {
  const { buildNative } = await import('../native/build.ts');
  const built = [...(await buildNative('providers/')), ...(await buildNative('variants/'))];
  const folder = bundledFolder('providers');
  const simulated = readdirSync(folder)
    .filter(isSubject)
    .sort()
    .map((name) => path.join(folder, name))
    .filter((file) => readFileSync(file, 'utf8').includes('\nexport default '));
  return fixturesOf([...simulated, ...built.map(({ library }) => library)]);
};

/** A fixture that is open, with what the probe found of it. */
export type Loaded = { executor: Executor; subject: SubjectContext; startError: string | null };

/** Opens a fixture in a host of its own and probes it. */
export const withFixture = async <T>(
  fixture: Fixture,
  work: (loaded: Loaded) => Promise<T>,
): Promise<T> => {
  const executor = await createExecutor(sourceOf(fixture), {
    inProcess: false,
    callbackTimeoutMs: null,
    overlay: fixture.meta.config ?? null,
    hosts: fixture.hosts ?? null,
  });
  try {
    const revision = fixture.meta.revision ?? 'merged';
    const probed = await probe(executor, executor.facts.declared, revision);
    return await work({
      executor,
      startError: probed.startError,
      subject: contextOf(
        executor.facts,
        probed,
        revision,
        fixture.meta.enumHeader === false ? null : bundledHeader(),
      ),
    });
  } finally {
    await executor.close();
  }
};
