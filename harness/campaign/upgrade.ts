/**
 * Which changes of a runtime break a provider: each switch alone from every base, then pairs that a
 * plan notices together, then many at once, from which the smallest set is found by leaving out.
 */
import type { Witness } from '../conclude/fold.ts';
import type { Change, SingleChange } from '../conclude/upgrade-record.ts';
import { smallest } from './delta.ts';
import { Lattice, type Base, type Row } from './lattice.ts';
import type { DueRun } from './plans.ts';
import type { TriedProvider } from './trial.ts';
import { tellingOrder } from './telling-order.ts';

/** A smallest set of changes with the rules that it turns red. */
export type BreakingSet = {
  base: Base;
  changes: Change[];
  rules: Map<string, Witness>;
  isRefused: boolean;
};

export type UpgradeFound = {
  bases: { base: Base; plans: number; broken: string[] }[];
  singles: SingleChange[];
  pairs: { tried: number; runs: number };
  combinations: { tried: number; runs: number };
  breaking: BreakingSet[];
  runs: number;
};

export type UpgradeOptions = {
  tried: TriedProvider;
  runs: readonly DueRun[];
  /** Every switch, in order. */
  switches: readonly string[];
  bases: readonly Base[];
  progress: (done: number, total: number) => void;
};

/** Longer plans are run again only where few shorter ones notice a change: they cost the most. */
const operationsMax = 250;
const fewPlans = 20;
/** Plans of a pair: those that tell most apart come first. */
const plansOfPairMax = 8;
/** Sets of many changes that are tried from each base. */
const combinationsMax = 7;

/** Searches the lattice from each base. */
export const upgrade = async (options: UpgradeOptions): Promise<UpgradeFound> => {
  const { tried, runs, switches, bases, progress } = options;
  const lattice = new Lattice(tried);
  const found: UpgradeFound = {
    bases: [],
    singles: [],
    pairs: { tried: 0, runs: 0 },
    combinations: { tried: 0, runs: 0 },
    breaking: [],
    runs: 0,
  };
  const stages = 3 * bases.length;
  for (const [at, base] of bases.entries()) {
    const search = new BaseSearch({ lattice, base, runs, switches, found });
    progress(3 * at, stages);
    await search.singles();
    progress(3 * at + 1, stages);
    await search.pairs();
    progress(3 * at + 2, stages);
    await search.combinations();
  }
  found.runs = lattice.runs;
  return found;
};

type Parts = {
  lattice: Lattice;
  base: Base;
  runs: readonly DueRun[];
  switches: readonly string[];
  found: UpgradeFound;
};

const isShort = ({ plan }: DueRun): boolean =>
  plan.actors.reduce((sum, { operations }) => sum + operations.length, 0) <= operationsMax;

/** The short ones of some plans where they are many, else all. */
const affordable = (due: DueRun[]): DueRun[] => {
  const short = due.filter(isShort);
  return short.length >= fewPlans ? short : due;
};

const nothing: ReadonlySet<string> = new Set();

class BaseSearch {
  private readonly parts: Parts;
  /** What each plan asks for, in the base and with one change. */
  private readonly asked = new Map<string, Row['asked']>();
  private inBase: Row['asked'] = new Map();
  private broken = new Set<string>();
  private created: Row['created'] = new Map();
  private quiet: string[] = [];

  constructor(parts: Parts) {
    this.parts = parts;
  }

  async singles(): Promise<void> {
    const { lattice, base, runs, switches, found } = this.parts;
    const plain = await lattice.row(base, [], runs);
    this.inBase = plain.asked;
    this.created = plain.created;
    this.broken = new Set(plain.red.keys());
    found.bases.push({ base, plans: plain.runs, broken: [...this.broken] });
    for (const name of switches) found.singles.push(await this.single(name));
  }

  private async single(name: string): Promise<SingleChange> {
    const { lattice, base, runs } = this.parts;
    const change = this.change(name);
    const told = { ...change, base: base.dialect };
    const due = affordable(runs.filter((run) => this.inBase.get(run)?.has(name)));
    if (due.length === 0) return { ...told, verdict: 'unnoticed', plans: 0, rules: [] };
    const row = await lattice.row(base, [change], due);
    this.asked.set(name, row.asked);
    const kept = this.keep([change], row);
    const isOpen = row.open === row.runs;
    if (!kept && !isOpen) this.quiet.push(name);
    const verdict = kept ? 'breaks' : isOpen ? 'open' : 'holds';
    const rules = [...(kept?.rules.keys() ?? [])];
    return { ...told, verdict, plans: row.runs, rules };
  }

  /** Pairs of changes of which neither breaks anything alone. */
  async pairs(): Promise<void> {
    const { lattice, base, runs, found } = this.parts;
    const order = tellingOrder(runs.filter(isShort), this.inBase);
    for (const [at, one] of this.quiet.entries()) {
      for (const other of this.quiet.slice(at + 1)) {
        const due = order
          .filter((run) => this.asksWith(one, run, other) && this.asksWith(other, run, one))
          .slice(0, plansOfPairMax);
        if (due.length === 0) continue;
        const changes = [this.change(one), this.change(other)];
        const row = await lattice.row(base, changes, due);
        found.pairs.tried += 1;
        found.pairs.runs += row.runs;
        this.keep(changes, row);
      }
    }
  }

  /** Many changes at once: all that are quiet alone, then halves of them. */
  async combinations(): Promise<void> {
    const { lattice, base, runs, found } = this.parts;
    for (let nth = 0; nth < combinationsMax; nth += 1) {
      const changes = halves(this.quiet, nth).map((name) => this.change(name));
      if (changes.length < 3) return;
      const due = affordable(
        runs.filter((run) => changes.some((one) => this.inBase.get(run)?.has(one.switch))),
      );
      const before = lattice.runs;
      const row = await lattice.row(base, changes, due);
      found.combinations.tried += 1;
      for (const [id, witness] of this.newlyRed(row)) {
        await this.narrow(changes, id, witness, due);
      }
      found.combinations.runs += lattice.runs - before;
    }
  }

  /** The smallest part of a set of changes that breaks the rule in the run of the witness. */
  private async narrow(
    changes: readonly Change[],
    id: string,
    { plan }: Witness,
    due: readonly DueRun[],
  ): Promise<void> {
    const { lattice, base } = this.parts;
    const run = due.find((one) => one.plan.name === plan.name);
    if (!run || this.isExplained(changes, id)) return;
    const few = await smallest(changes, (some) => lattice.breaks(base, some, run, id));
    this.keep(few, await lattice.row(base, few, [run]));
  }

  /** Whether a part of the changes is known to turn the rule red. */
  private isExplained(changes: readonly Change[], id: string): boolean {
    return this.knownWithin(changes).some(({ rules }) => rules.has(id));
  }

  /** Sets of this base that are known to break something, and lie within the changes. */
  private knownWithin(changes: readonly Change[]): BreakingSet[] {
    const names = new Set(changes.map((one) => one.switch));
    return this.parts.found.breaking.filter(
      (known) =>
        known.base === this.parts.base && known.changes.every((one) => names.has(one.switch)),
    );
  }

  /**
   * Keeps what a row newly broke; null where that is nothing. What more changes than a breaking set
   * break besides is told by that set.
   */
  private keep(changes: readonly Change[], row: Row): BreakingSet | null {
    const rules = new Map(this.newlyRed(row));
    const isRefused = this.isRefused(row);
    if (rules.size === 0 && !isRefused) return null;
    const [known] = this.knownWithin(changes);
    if (known) {
      if (known.changes.length === changes.length)
        for (const [id, witness] of rules) if (!known.rules.has(id)) known.rules.set(id, witness);
      return known;
    }
    const { found, base } = this.parts;
    const kept = { base, changes: [...changes], rules, isRefused };
    found.breaking.push(kept);
    return kept;
  }

  /** Whether plans that got maps in the base get none. */
  private isRefused({ created }: Row): boolean {
    const before = [...created.keys()].some((run) => (this.created.get(run) ?? 0) > 0);
    return before && [...created.values()].every((count) => count === 0);
  }

  private newlyRed({ red }: Row): [string, Witness][] {
    return [...red].filter(([id]) => !this.broken.has(id));
  }

  private change(name: string): Change {
    return { switch: name, to: !this.parts.base.values[name] };
  }

  /** Whether a plan asks for a switch once another one is changed. */
  private asksWith(name: string, run: DueRun, other: string): boolean {
    const asked = this.asked.get(other)?.get(run) ?? this.inBase.get(run) ?? nothing;
    return asked.has(name);
  }
}

/** All of a list, then every second, every second pair, … and the rest of it by turns. */
const halves = (names: readonly string[], nth: number): string[] => {
  if (nth === 0) return [...names];
  const bit = Math.floor((nth - 1) / 2);
  const wanted = (nth - 1) % 2;
  return names.filter((_, at) => ((at >> bit) & 1) === wanted);
};
