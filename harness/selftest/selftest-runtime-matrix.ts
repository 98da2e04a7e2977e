/**
 * The kill matrix of runtimes: the bundled ones, and the wrong ones again on the runtime as
 * shipped.
 */
import { isMust } from '../abi/requirement.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { SelftestOptions } from '../run/options.ts';
import {
  runtimeFixtures,
  tryRuntime,
  type RuntimeFixture,
  type RuntimeRow,
} from './selftest-runtimes.ts';
import { shippedFixtures, shippedTrials } from './selftest-shipped.ts';
import { testableRules } from './testable-rules.ts';
import { sideBySide } from '../campaign/side-by-side.ts';

export type RuntimeMatrix = { runtimes: RuntimeRow[]; unproven: string[] };

/** Tries the bundled runtimes, or those that `only` names. */
export const tryRuntimes = async (
  { only, seed, jobs, progress }: Pick<SelftestOptions, 'only' | 'seed' | 'jobs' | 'progress'>,
  hosts: HostPool | null,
): Promise<RuntimeMatrix> => {
  const isWanted = ({ id, meta }: RuntimeFixture): boolean =>
    !only || only.includes(id) || only.includes(meta.id);
  const own = (await runtimeFixtures()).filter(isWanted);
  const shipped = (await shippedFixtures()).filter(isWanted);
  const tryOnShipped = shippedTrials({ seed, hosts });
  let done = 0;
  const total = own.length + shipped.length;
  const runtimes = await sideBySide([...own, ...shipped], jobs, async (fixture) => {
    const isOwn = own.includes(fixture);
    const row = await (isOwn ? tryRuntime(fixture, seed, hosts) : tryOnShipped(fixture));
    progress({ done: (done += 1), total, phase: 'trying runtimes' });
    return row;
  });
  return { runtimes, unproven: only ? [] : unprovenRules(runtimes) };
};

/** MUST rules of runtimes that no wrong runtime was killed by. */
export const unprovenRules = (runtimes: readonly RuntimeRow[]): string[] => {
  const proven = new Set(
    runtimes.flatMap((row) => (row.expected && row.violates.length ? row.killedBy : [])),
  );
  return testableRules('runtime')
    .filter(isMust)
    .map(({ id }) => id)
    .filter((id) => !proven.has(id));
};
