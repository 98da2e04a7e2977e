/** The kill matrix: every wrong subject must be killed by a rule it names, every odd one spared. */
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { isMust } from '../abi/requirement.ts';
import { isLibraryPath } from '../adapters/load-subject.ts';
import { HostPool } from '../host/host-pool.ts';
import type { SelftestOptions } from '../run/options.ts';
import { tryFault } from './selftest-faults.ts';
import {
  bundledFolder,
  fixturesIn,
  onlyInC,
  rightOnes,
  type Fixture,
} from './selftest-fixtures.ts';
import { tryRuntimes } from './selftest-runtime-matrix.ts';
import { tryVariant } from './selftest-variants.ts';
import { testableRules } from './testable-rules.ts';
import { walkRight } from './selftest-walks.ts';
import { sideBySide } from '../campaign/side-by-side.ts';

const idOf = ({ meta }: Fixture): string => meta.id;

/** The whole matrix, or the parts that `only` names. */
export const selftest = async (options: SelftestOptions): Promise<SelftestResult> => {
  const own = options.faults === null && options.variants === null;
  const wanted = (fixture: Fixture): boolean =>
    !options.only || options.only.includes(fixture.meta.id);
  const faultFolder = options.faults ?? (own ? bundledFolder('faults') : null);
  const variantFolder = options.variants ?? (own ? bundledFolder('variants') : null);
  // Our own simulated fixtures trust each other; others' get a host each.
  const hosts = new HostPool();
  const shared = (fixtures: readonly Fixture[]): Fixture[] =>
    fixtures.map((one) => (own && !isLibraryPath(one.file) ? { ...one, hosts } : one));
  // Under a flag of certify, and with further seeds, only what is right is looked at: nothing may
  // be held against it there either.
  const isRightOnly = options.lowMemory === true || options.stress === true || options.seeds > 1;
  const hasFaults = faultFolder !== null && !isRightOnly;
  const simulated = hasFaults ? shared(await fixturesIn(faultFolder)) : [];
  const faults = [...simulated, ...(own && !isRightOnly ? await onlyInC() : [])].filter(wanted);
  const variants = [
    ...(variantFolder === null ? [] : shared(await fixturesIn(variantFolder))),
    ...(own ? shared(await rightOnes()) : []),
  ].filter(wanted);
  const total = faults.length + variants.length;
  let done = 0;
  const step = <T>(value: T): T => {
    options.progress({ done: (done += 1), total, phase: 'selftest' });
    return value;
  };
  const faultRows = await sideBySide(faults, options.jobs, async (fixture) =>
    step(await tryFault(fixture, options)),
  );
  const variantRows = await sideBySide(variants, options.jobs, async (fixture) =>
    step(await tryVariant(fixture, options)),
  );
  const isWhole = own && !options.only && !isRightOnly;
  if (isWhole) options.progress({ done: 0, total: 1, phase: 'walking every order' });
  const walks = isWhole ? await walkRight(options.seed, hosts) : null;
  const matrix =
    own && !isRightOnly ? await tryRuntimes(options, hosts) : { runtimes: [], unproven: [] };
  await hosts.close();
  const killed = faultRows.filter((row) => row.killedBy.length > 0 && row.expected);
  // A rule that is left open is not proven to be broken.
  const left = new Set(faults.filter(({ meta }) => meta.expects === 'incomplete').map(idOf));
  const proven = new Set(killed.filter(({ id }) => !left.has(id)).flatMap((row) => row.killedBy));
  const mustRules = testableRules('provider').filter(isMust);
  const sizes = killed
    .flatMap((row) => (row.operationsToKill === null ? [] : [row.operationsToKill]))
    .sort((a, b) => a - b);
  return {
    faults: faultRows,
    variants: variantRows,
    runtimes: matrix.runtimes,
    ...(walks === null ? {} : { walks }),
    unprovenRuntime: matrix.unproven,
    unproven: isWhole ? mustRules.map((row) => row.id).filter((id) => !proven.has(id)) : [],
    totals: {
      faults: faultRows.length,
      killed: killed.length,
      survivors: faultRows.length - killed.length,
      variants: variantRows.length,
      replayed: faultRows.filter((row) => row.replayed === true).length,
      notReplayed: faultRows.filter((row) => row.replayed === false).length,
      spared: variantRows.filter((row) => row.falseAlarms.length === 0).length,
      falseAlarms: variantRows.filter((row) => row.falseAlarms.length > 0).length,
      schedulesWalked: walks?.plans.reduce((sum, { schedules }) => sum + schedules, 0) ?? 0,
      runtimes: matrix.runtimes.length,
      runtimesAsExpected: matrix.runtimes.filter((row) => row.expected).length,
      medianOperationsToKill: sizes[Math.floor(sizes.length / 2)] ?? 0,
    },
  };
};
