/** What `--upgrade` found out, in the words of reports. Nothing is escaped for a format here. */
import type { RunRecord } from '../harness/conclude/record.ts';
import type { Breaking, Change, UpgradeRecord } from '../harness/conclude/upgrade-record.ts';
import { printable } from '../harness/trace/printable.ts';

export const UPGRADE_TITLE = 'Upgrades of the runtime';

/** One set of changes that breaks the provider. */
export type BreakView = {
  /** Each change as a sentence with its contradictions. */
  changes: string[];
  /** Reading that the changes start from. */
  base: string;
  /** No map of the provider comes to be any more. */
  isRefused: boolean;
  rules: { id: string; message: string; plan: string; replay: string }[];
};

/** A row of the grid: a switch, and for each rule what it does to it. */
export type GridRow = { switch: string; verdict: string; cells: string[] };

export type UpgradeView = {
  summary: string;
  breaks: BreakView[];
  holds: string[];
  grid: { rules: string[]; rows: GridRow[] };
};

/** The view; null where nobody asked. */
export const upgradeOf = ({ upgrade }: RunRecord): UpgradeView | null =>
  upgrade === undefined
    ? null
    : {
        summary: summaryOf(upgrade),
        breaks: upgrade.breaking.map((one) => breakOf(upgrade, one)),
        holds: holdsOf(upgrade),
        grid: gridOf(upgrade),
      };

type SwitchVerdict = 'breaks' | 'open' | 'holds' | 'unnoticed';

/** What a switch does alone, from any reading: the worst that was seen. */
const verdictOf = ({ singles }: UpgradeRecord, name: string): SwitchVerdict => {
  const seen = new Set(singles.filter((one) => one.switch === name).map(({ verdict }) => verdict));
  const order: readonly SwitchVerdict[] = ['breaks', 'open', 'holds'];
  return order.find((verdict) => seen.has(verdict)) ?? 'unnoticed';
};

const summaryOf = (upgrade: UpgradeRecord): string => {
  const { switches, pairs, combinations } = upgrade;
  const count = (...wanted: SwitchVerdict[]): number =>
    switches.filter(({ name }) => wanted.includes(verdictOf(upgrade, name))).length;
  const unnoticed = count('unnoticed');
  const open = count('open');
  return [
    `it keeps its promises under ${count('holds') + unnoticed} of ${switches.length} single changes`,
    ` (${unnoticed} of them it cannot notice)`,
    open > 0 ? `; ${open} could not be judged` : '',
    `; ${pairs.tried} pairs and ${combinations.tried} larger sets were tried as well`,
  ].join('');
};

const about = (upgrade: UpgradeRecord, name: string): string => {
  const note = upgrade.switches.find((one) => one.name === name);
  const ids = note && note.about.length > 0 ? note.about.join(', ') : (note?.kind ?? 'unknown');
  return printable(ids, 60);
};

const sentenceOf = (upgrade: UpgradeRecord, { switch: name, to }: Change): string => {
  const note = upgrade.switches.find((one) => one.name === name);
  const says = note ? (to ? note.on : note.off) : 'changes';
  const switched = `${name} ${to ? 'on' : 'off'}`;
  return printable(`(${about(upgrade, name)}) ${switched}: the runtime ${says}`, 400);
};

const breakOf = (upgrade: UpgradeRecord, breaking: Breaking): BreakView => ({
  changes: breaking.changes.map((change) => sentenceOf(upgrade, change)),
  base: printable(breaking.base, 40),
  isRefused: breaking.isRefused,
  rules: breaking.rules.map(({ id, message, plan, replay }) => ({
    id: printable(id, 40),
    message: printable(message, 600),
    plan: printable(plan.name, 120),
    replay: printable(replay, 20_000),
  })),
});

/** What it holds for: releases, and changes that are pending. */
const holdsOf = (upgrade: UpgradeRecord): string[] => {
  const { releases, switches, bases } = upgrade;
  const held = releases.filter(({ verdict }) => verdict === 'holds');
  const broken = releases.filter(({ verdict }) => verdict === 'breaks');
  const pending = switches
    .filter(({ name, kind }) => kind === 'pending' && verdictOf(upgrade, name) !== 'breaks')
    .map(({ name }) => name);
  const red = bases.filter((base) => base.broken.length > 0);
  return [
    ...(held.length > 0 ? [`holds for eBPF ${held.map(({ version }) => version).join(', ')}`] : []),
    ...(pending.length > 0 ? [`holds for these pending changes: ${pending.join(', ')}`] : []),
    ...broken.map(({ version, rules }) => `does not hold for eBPF ${version}: ${rules.join(', ')}`),
    ...red.map(
      ({ name, broken: ids }) =>
        `breaks under ${name} without any change, which nothing below speaks of: ${ids.join(', ')}`,
    ),
  ].map((line) => printable(line, 600));
};

/** Switches against the rules that any of them turns red. */
const gridOf = (upgrade: UpgradeRecord): UpgradeView['grid'] => {
  const { singles, switches } = upgrade;
  const rules = [...new Set(singles.flatMap((one) => one.rules))].sort();
  const rows = switches.map(({ name }): GridRow => {
    const own = singles.filter((one) => one.switch === name);
    const cells = rules.map((id) =>
      own
        .filter((one) => one.rules.includes(id))
        .map(({ base }) => base)
        .join(', '),
    );
    return { switch: printable(name, 60), verdict: verdictOf(upgrade, name), cells };
  });
  return { rules: rules.map((id) => printable(id, 40)), rows };
};
