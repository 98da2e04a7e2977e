/** `certify --upgrade`: the lattice of the reference runtime's switches, as the record tells it. */
import { Lattice, type Base } from '../campaign/lattice.ts';
import { dueRuns, type DueRun } from '../campaign/plans.ts';
import type { TriedProvider } from '../campaign/trial.ts';
import { upgrade, type UpgradeFound } from '../campaign/upgrade.ts';
import { messageOf } from '../conclude/conclude.ts';
import type { Witness } from '../conclude/fold.ts';
import type { SwitchNote, UpgradeRecord } from '../conclude/upgrade-record.ts';
import { switchesOf } from '../sim/dialect.ts';
import { RELEASES, switchesOfRelease } from '../sim/releases.ts';
import { SWITCH_NAMES, switchRow } from '../sim/switches.ts';
import { isAside, type DialectName } from '../trace/plan.ts';
import type { CertifyOptions } from './options.ts';

/** Reports repeat a trace up to this many events. */
const eventsMax = 400;

const bases: readonly Base[] = (['as-documented', 'as-shipped'] as const).map((dialect) => ({
  dialect,
  values: switchesOf(dialect),
}));

/** Every switch as reports tell it. */
const switchNotes = (): SwitchNote[] =>
  SWITCH_NAMES.map((name) => {
    const { about, kind, off, on } = switchRow(name);
    return { name, about: [...about], kind, off, on };
  });

/**
 * Scenarios that leave the reading open and treat the provider as a runtime does. What stands aside
 * is for rules of its own, and a walk would cost more than it tells.
 */
export const upgradeRuns = ({ chapters, subject }: TriedProvider, seed: number): DueRun[] => {
  const dialects: DialectName[] = ['as-documented', 'as-shipped'];
  const seen = new Set<string>();
  return dueRuns(chapters, subject.profile, { seed, generated: 1, dialects }).filter((run) => {
    const { plan, exhaustive, generated } = run;
    const { conditions = {} } = plan;
    if (generated || exhaustive || isAside(plan)) return false;
    if (conditions.dialect !== undefined || conditions.switches !== undefined) return false;
    const text = JSON.stringify([plan.actors, plan.conditions, run.choices]);
    return !seen.has(text) && seen.add(text) !== undefined;
  });
};

/** Searches the lattice. `lineOf` gives the command line that repeats a run. */
export const upgradeRecord = async (
  tried: TriedProvider,
  { seed, progress }: Pick<CertifyOptions, 'seed' | 'progress'>,
  lineOf: (id: string, witness: Witness) => string,
): Promise<UpgradeRecord> => {
  const runs = upgradeRuns(tried, seed);
  const found = await upgrade({
    ...{ tried, runs, bases, switches: SWITCH_NAMES },
    progress: (done, total) => progress({ done, total, phase: 'trying changes of the runtime' }),
  });
  const lattice = new Lattice(tried);
  return {
    switches: switchNotes(),
    bases: found.bases.map(({ base, plans, broken }) => ({ name: base.dialect, plans, broken })),
    singles: found.singles,
    pairs: found.pairs,
    combinations: found.combinations,
    breaking: found.breaking.map(({ base, changes, rules, isRefused }) => ({
      base: base.dialect,
      changes,
      isRefused,
      rules: [...rules].map(([id, witness]) => ({
        id,
        message: messageOf(witness),
        plan: witness.plan,
        trace: witness.trace.slice(0, eventsMax),
        replay: lineOf(id, witness),
      })),
    })),
    releases: await releasesOf(lattice, runs, found),
    runs: found.runs + lattice.runs,
  };
};

/** Whether the provider holds in each release; equal readings are run once. */
const releasesOf = async (
  lattice: Lattice,
  runs: readonly DueRun[],
  found: UpgradeFound,
): Promise<UpgradeRecord['releases']> => {
  const known = new Map(
    found.bases.map(({ base, broken }) => [JSON.stringify(base.values), broken] as const),
  );
  const told: UpgradeRecord['releases'] = [];
  for (const release of RELEASES) {
    const values = switchesOfRelease(release);
    const name = JSON.stringify(values);
    let rules = known.get(name);
    if (!rules) {
      const changes = SWITCH_NAMES.filter((one) => values[one] !== bases[0]!.values[one]).map(
        (one) => ({ switch: one, to: values[one] }),
      );
      rules = [...(await lattice.row(bases[0]!, changes, runs)).red.keys()];
      known.set(name, rules);
    }
    const { version, commit } = release;
    told.push({ version, commit, verdict: rules.length > 0 ? 'breaks' : 'holds', rules });
  }
  return told;
};
