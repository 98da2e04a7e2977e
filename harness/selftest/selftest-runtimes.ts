/**
 * Runtimes of the kill matrix: every wrong one must break a rule that it names, every right one
 * none.
 */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CATALOGUE } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import { runtimePlans, type RuntimePlan } from '../explore/runtime-plans.ts';
import { EndedEarly } from '../errors/errors.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { RuntimeDeviation } from '../provider/runtime-port.ts';
import { CHAPTERS, RUNTIME_LAW } from '../run/chapters.ts';
import { openRuntimeExecutor, runRuntimePlans } from '../campaign/runtime-campaign.ts';
import { messageOf } from '../conclude/conclude.ts';
import { readMeta, readMetas, type FaultMeta } from './fault-meta.ts';
import type { Fold } from '../conclude/fold.ts';
import { openReferenceRuntime } from '../execute/reference-runtime.ts';
import { RuntimeJudging } from '../runtime/runtime-judging.ts';
import { runAgainst } from '../execute/runtime-run.ts';

export type RuntimeRow = SelftestResult['runtimes'][number];

/** A runtime to try: wrong when it names rules. `file` null: the reference itself. */
export type RuntimeFixture = { id: string; file: string | null; meta: FaultMeta };

const generatedForRight = 24;
/** Short batches: a wrong runtime stops at its kill. */
export const batchRuns = 12;
export const libraryEndings = ['.so', '.dll', '.dylib'];

/** A folder or file under the bundled runtimes. */
export const runtimeFolder = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/runtimes${name}`, import.meta.url));

const rightMeta = (id: string, revision?: 'draft'): FaultMeta => ({
  id,
  violates: [],
  expects: 'fail',
  ...(revision ? { revision } : {}),
});

/**
 * Right libraries have no description; the one that follows the shipped reading is wrong on
 * purpose.
 */
const metaOfLibrary = async (file: string, stem: string): Promise<FaultMeta | null> => {
  if (existsSync(file.replace(/\.[^.]+$/, '.json'))) return readMeta(file);
  if (stem.endsWith('-as-shipped')) return null;
  return rightMeta(stem, stem.endsWith('-draft') ? 'draft' : undefined);
};

/** Every bundled runtime: the reference, modules, and libraries as far as they are built. */
export const runtimeFixtures = async (): Promise<RuntimeFixture[]> => {
  const found: RuntimeFixture[] = [
    { id: 'reference', file: null, meta: rightMeta('reference') },
    { id: 'reference-draft', file: null, meta: rightMeta('reference-draft', 'draft') },
  ];
  const modules = readdirSync(runtimeFolder(''))
    .filter((name) => /^r-.*\.[tj]s$/.test(name) && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => path.join(runtimeFolder(''), name));
  const metas = await readMetas(modules);
  modules.forEach((file, at) => found.push({ id: metas[at]!.id, file, meta: metas[at]! }));
  const built = existsSync(runtimeFolder('/build'))
    ? readdirSync(runtimeFolder('/build')).sort()
    : [];
  for (const name of built) {
    const ending = path.extname(name);
    if (!libraryEndings.includes(ending)) continue;
    const file = path.join(runtimeFolder('/build'), name);
    const meta = await metaOfLibrary(file, path.basename(name, ending));
    // Modules and libraries are numbered each for themselves.
    if (meta) found.push({ id: `${meta.id}${ending}`, file, meta });
  }
  return found;
};

/**
 * Plans of the chapters whose rules are named come first: most wrong runtimes are found out there.
 */
export const plansFor = (meta: FaultMeta, seed: number): RuntimePlan[] => {
  const generated = meta.violates.length === 0 ? generatedForRight : 0;
  const plans = runtimePlans(meta.revision ?? 'merged', { seed, generated });
  const own = new Set(
    CHAPTERS.filter(({ requirements }) =>
      requirements.some(({ id }) => meta.violates.includes(id)),
    ).map(({ name }) => name),
  );
  return [
    ...plans.filter(({ suite }) => own.has(suite)),
    ...plans.filter(({ suite }) => !own.has(suite)),
  ];
};

/** Rules that the runtime names and breaks, in the way it says. */
export const killsOf = (meta: FaultMeta, fold: Fold): { id: string; message: string }[] =>
  meta.violates.flatMap((id) => {
    const { witness } = fold.of(id);
    const row = CATALOGUE.find((one) => one.id === id);
    if (!witness || !row) return [];
    const isWarning = !isMust(row) || witness.violation.kind === 'warned';
    return isWarning === (meta.expects === 'warn') ? [{ id, message: messageOf(witness) }] : [];
  });

export const isExpected = (meta: FaultMeta, kills: readonly { message: string }[]): boolean =>
  kills.length > 0 && kills.some(({ message }) => message.includes(meta.sentence ?? ''));

/** Runs one runtime until it is killed or every plan was run. */
export const tryRuntime = async (
  fixture: RuntimeFixture,
  seed: number,
  hosts: HostPool | null = null,
): Promise<RuntimeRow> => {
  const { id, file, meta } = fixture;
  const revision = meta.revision ?? 'merged';
  const judging = new RuntimeJudging(RUNTIME_LAW, revision);
  const plans = plansFor(meta, seed);
  const isOver = (): string | null =>
    isExpected(meta, killsOf(meta, judging.fold)) ? 'killed' : null;
  try {
    if (file !== null && libraryEndings.includes(path.extname(file))) {
      await judgeLibrary(file, plans, judging, { revision, isOver, hosts });
    } else {
      const module =
        file === null
          ? null
          : ((await import(pathToFileURL(file).href)) as { default: RuntimeDeviation });
      for (const plan of plans) {
        const right = openReferenceRuntime({ revision });
        const conditions = { dialect: 'as-documented' as const, revision };
        judging.take(plan, runAgainst(module ? module.default(right) : right, plan, conditions));
        if (isOver() !== null) break;
      }
    }
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    return { id, violates: meta.violates, killedBy: [], expected: false, message: reason.message };
  }
  const isRight = meta.violates.length === 0 || meta.expects === 'incomplete';
  return isRight ? rightRow(id, meta, judging) : wrongRow(id, meta, judging);
};

const judgeLibrary = async (
  file: string,
  plans: readonly RuntimePlan[],
  judging: RuntimeJudging,
  options: { revision: 'merged' | 'draft'; isOver: () => string | null; hosts: HostPool | null },
): Promise<void> => {
  const executor = await openRuntimeExecutor(file, {
    inProcess: false,
    timeoutMs: null,
    config: null,
    hosts: options.hosts,
  });
  try {
    await runRuntimePlans(executor, plans, judging, { ...options, batch: batchRuns });
  } finally {
    await executor.close();
  }
};

export const wrongRow = (id: string, meta: FaultMeta, judging: RuntimeJudging): RuntimeRow => {
  const kills = killsOf(meta, judging.fold);
  return {
    id,
    violates: meta.violates,
    killedBy: kills.map((kill) => kill.id),
    expected: isExpected(meta, kills),
    message: kills[0]?.message ?? null,
  };
};

/**
 * A right runtime breaks no rule and leaves none vacuous; open are those that it is known to show
 * too little for.
 */
const rightRow = (id: string, meta: FaultMeta, judging: RuntimeJudging): RuntimeRow => {
  const alarms = judging
    .rows(null, null)
    .filter(({ verdict }) =>
      ['fail', 'warn', 'crash', 'hang', 'vacuous', 'inconclusive'].includes(verdict),
    );
  const open = alarms.filter(({ verdict }) => verdict === 'inconclusive').map((row) => row.id);
  return {
    id,
    violates: [],
    killedBy: alarms.map((row) => row.id),
    expected: alarms.length === open.length && open.join() === meta.violates.join(),
    message:
      alarms.map((row) => `${row.id} ${row.verdict}${row.message ? `: ${row.message}` : ''}`)[0] ??
      null,
  };
};
