/**
 * Wrong runtimes once more, built on the runtime as shipped and judged with its errata: known
 * failures must not hide what is wrong besides. A deviation that changes nothing there, by the
 * traces of all plans, is what is shipped.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EndedEarly } from '../errors/errors.ts';
import type { HostPool } from '../host/host-pool.ts';
import { hasThreads } from '../execute/turns.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Plan } from '../trace/plan.ts';
import { RUNTIME_LAW } from '../run/chapters.ts';
import { openRuntimeExecutor, runRuntimePlans } from '../campaign/runtime-campaign.ts';
import { readErrata } from '../conclude/errata.ts';
import { readMeta } from './fault-meta.ts';
import { RuntimeJudging } from '../runtime/runtime-judging.ts';
import {
  batchRuns,
  isExpected,
  killsOf,
  libraryEndings,
  plansFor,
  runtimeFolder,
  wrongRow,
  type RuntimeFixture,
  type RuntimeRow,
} from './selftest-runtimes.ts';

const errataFile = fileURLToPath(new URL('../../fixtures/errata/ebpfcore.yaml', import.meta.url));

/** The bundled deviations as far as they are built on the runtime as shipped. */
export const shippedFixtures = async (): Promise<RuntimeFixture[]> => {
  const folder = runtimeFolder('/build/as-shipped');
  if (!existsSync(folder)) return [];
  const libraries = readdirSync(folder)
    .sort()
    .filter((name) => libraryEndings.includes(path.extname(name)))
    .map((name) => path.join(folder, name));
  return Promise.all(
    libraries.map(async (file) => {
      const meta = await readMeta(file);
      return { id: `${meta.id}.as-shipped${path.extname(file)}`, file, meta };
    }),
  );
};

/** What was done, and not which addresses the allocator of a build hands out again (`reclaim`). */
const comparable = (trace: readonly TraceEvent[]): object[] =>
  trace
    .filter((event) => event.kind !== 'service' || event.name !== 'reclaim')
    .map(({ seq: _seq, ...event }) => event);

/** What a library does in each plan of one thread, in short. */
class Behaviour {
  readonly digests = new Map<string, string>();

  take(plan: Plan, trace: readonly TraceEvent[]): void {
    if (hasThreads(plan.actors)) return;
    const digest = createHash('sha256')
      .update(JSON.stringify(comparable(trace)))
      .digest('hex');
    this.digests.set(plan.name, digest);
  }

  /** Plans in which both do the same; null: there is one in which they do not. */
  sameAs(other: Behaviour): number | null {
    const isSame = [...this.digests].every(([name, digest]) => other.digests.get(name) === digest);
    return isSame ? this.digests.size : null;
  }
}

/** Judges a library with the errata until it is killed. */
const examine = async (
  file: string,
  { meta, seed, hosts }: { meta: RuntimeFixture['meta']; seed: number; hosts: HostPool | null },
): Promise<{ judging: RuntimeJudging; behaviour: Behaviour }> => {
  const revision = meta.revision ?? 'merged';
  const judging = new RuntimeJudging(RUNTIME_LAW, revision, readErrata(errataFile));
  const behaviour = new Behaviour();
  const isOver = (): string | null =>
    isExpected(meta, killsOf(meta, judging.fold)) ? 'killed' : null;
  const executor = await openRuntimeExecutor(file, {
    ...{ inProcess: false, timeoutMs: null, config: null, hosts },
  });
  try {
    await runRuntimePlans(executor, plansFor(meta, seed), judging, {
      ...{ revision, isOver, batch: batchRuns },
      heard: (plan, trace) => behaviour.take(plan, trace),
    });
  } finally {
    await executor.close();
  }
  return { judging, behaviour };
};

/** Tries one; `shipped` is the runtime as shipped, run when it is needed. */
const tryShipped = async (
  { id, file, meta }: RuntimeFixture,
  options: { seed: number; hosts: HostPool | null; shipped: () => Promise<Behaviour> },
): Promise<RuntimeRow> => {
  try {
    const { judging, behaviour } = await examine(file!, { ...options, meta });
    const row = wrongRow(id, meta, judging);
    if (row.expected) return row;
    const same = behaviour.sameAs(await options.shipped());
    if (same === null) return row;
    const message = `it is what the runtime as shipped does: the same traces of ${same} plans`;
    return { id, violates: [], killedBy: [], expected: true, message };
  } catch (reason) {
    if (!(reason instanceof EndedEarly)) throw reason;
    const { violates } = meta;
    return { id, violates, killedBy: [], expected: false, message: reason.message };
  }
};

/** Tries fixtures; the runtime as shipped is run once for all of them. */
export const shippedTrials = (options: {
  seed: number;
  hosts: HostPool | null;
}): ((fixture: RuntimeFixture) => Promise<RuntimeRow>) => {
  let known: Promise<Behaviour> | null = null;
  const file = (ending: string): string => runtimeFolder(`/build/hash-runtime-as-shipped${ending}`);
  return (fixture) => {
    const shipped = (): Promise<Behaviour> =>
      (known ??= examine(file(path.extname(fixture.file!)), {
        ...options,
        meta: { id: 'as-shipped', violates: [], expects: 'fail' },
      }).then(({ behaviour }) => behaviour));
    return tryShipped(fixture, { ...options, shipped });
  };
};
