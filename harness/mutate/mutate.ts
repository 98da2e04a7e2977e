/**
 * Which slips in a provider's own code would still be certified: each mutant of a source goes
 * through a certification, which ends where a MUST is broken.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sideBySide } from '../campaign/side-by-side.ts';
import { UsageError } from '../errors/errors.ts';
import { HostPool } from '../host/host-pool.ts';
import { findCompiler, NativeBuildError } from '../native/compiler.ts';
import type { MutateOptions, MutateResult } from '../run/options.ts';
import { compileMutated } from './mutated-library.ts';
import { writeMutatedModule } from './mutated-module.ts';
import { findMutants, mutated, type Mutant } from './find-mutants.ts';
import { tryMutant, type Tried } from './try-mutant.ts';

const cEndings = ['.c'];
const moduleEndings = ['.ts', '.mts', '.js', '.mjs'];

/** Writes a text of the source into a folder as something to load. */
type Writer = (text: string, folder: string) => Promise<string>;

const writerFor = ({ subject, source, beside }: MutateOptions): Writer => {
  if (cEndings.includes(path.extname(source))) {
    const compiler = findCompiler();
    return (text, folder) => compileMutated(compiler, source, text, { beside, folder });
  }
  if (!moduleEndings.includes(path.extname(source)))
    throw new UsageError(`"${source}" is neither C nor a module; name a source: .c, .ts, .mjs`);
  return (text, folder) => {
    const written = writeMutatedModule(path.resolve(subject), path.resolve(source), text, folder);
    if (written !== null) return Promise.resolve(written);
    throw new UsageError(`"${subject}" does not import "${source}" from its own folder`);
  };
};

/** Every `step`-th mutant, from one that the seed decides. */
const sampleOf = (mutants: readonly Mutant[], most: number | null, seed: number): Mutant[] => {
  if (most === null || mutants.length <= most) return [...mutants];
  const step = mutants.length / most;
  return Array.from({ length: most }, (_, at) => {
    const index = Math.floor(at * step + (seed % Math.ceil(step)));
    return mutants[Math.min(index, mutants.length - 1)]!;
  });
};

/**
 * Tries the mutants of a source. Throws UsageError where the source does not parse, or where the
 * unchanged subject is not certified, since then nothing could be told from its mutants.
 */
export const mutate = async (options: MutateOptions): Promise<MutateResult> => {
  const { source, seed, config, jobs, progress } = options;
  const write = writerFor(options);
  const text = readFileSync(source, 'utf8');
  const language = cEndings.includes(path.extname(source)) ? 'c' : 'typescript';
  const found = await findMutants(text, language, path.basename(source));
  const due = sampleOf(found, options.most, seed);
  // Mutants of one module are trusted with each other; what corrupts memory gets a host of its own.
  const hosts = language === 'c' ? null : new HostPool();
  const folder = mkdtempSync(path.join(tmpdir(), 'mapcert-mutants-'));
  const attempt = async (
    changed: string,
    name: string,
    warns: readonly string[],
  ): Promise<Tried> => {
    const within = path.join(folder, name);
    try {
      return await tryMutant(await write(changed, within), { seed, config, hosts, warns });
    } catch (reason) {
      if (!(reason instanceof NativeBuildError)) throw reason;
      return { fate: 'refused', rules: [], message: reason.message, runs: 0 };
    } finally {
      rmSync(within, { recursive: true, force: true });
    }
  };
  try {
    const unchanged = await attempt(text, 'unchanged', []);
    if (unchanged.fate !== 'survived' && unchanged.fate !== 'warned') throw notCertified(unchanged);
    let done = 0;
    const rows = await sideBySide(due, jobs, async (mutant, at) => {
      const tried = await attempt(mutated(text, mutant), String(at), unchanged.rules);
      progress({ done: (done += 1), total: due.length, phase: 'mutants' });
      const { id, line, column, operator, from, to } = mutant;
      return { id, line, column, operator, from, to, ...tried };
    });
    return { source, found: found.length, mutants: rows };
  } finally {
    await hosts?.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const notCertified = ({ fate, rules, message }: Tried): UsageError => {
  const why = rules.length > 0 ? rules.slice(0, 3).join(', ') : message;
  return new UsageError(
    `the unchanged subject is not certified (${fate}: ${why}); certify it first, then ask for its mutants`,
  );
};
