/**
 * Findings: violations with one cause, told once. Two broken rules are one finding when in a run
 * that shows both the same call, block or event is to blame; when the smallest run of one shows the
 * other before it; or when calls of one callback are to blame for the same kind of thing. Pure:
 * rows, and the runs in which rules were seen broken, in; findings out. No verdict depends on it.
 */
import type { Violation } from '../check/monitor.ts';
import type { Verdict } from '../check/verdict.ts';
import { blameIn } from './blame.ts';
import type { Blame } from './blamed.ts';
import { isCutShortIn } from './cut-short.ts';
import { describeCall, describeOperationOf } from './finding-words.ts';
import type { Witness } from './fold.ts';
import type { FindingRecord, RequirementRecord } from './record.ts';

/** The run kept for one rule, and all broken rules that it shows. */
export type Scene = {
  id: string;
  witness: Witness;
  shows: readonly { id: string; violations: readonly Violation[] }[];
};

export type SceneOptions = {
  /** The runs were made small: what they show was needed. */
  isSmall: boolean;
  /** Rules that are broken in most runs that put them to the test: these explain nothing. */
  standing: ReadonlySet<string>;
};

// Gravest first.
const BLAMED: readonly Verdict[] = ['harness-error', 'crash', 'hang', 'fail', 'warn'];

type Sighting = { id: string; seq: number; violation: Violation; blame: Blame };

/** Findings, the one to look at first first. */
export const findingsOf = (
  rows: readonly RequirementRecord[],
  scenes: readonly Scene[],
  options: SceneOptions,
): FindingRecord[] => {
  const red = rows.filter(({ verdict }) => BLAMED.includes(verdict));
  const known = new Map(red.map((row) => [row.id, row]));
  const groups = new Groups(red.map(({ id }) => id));
  const own = new Map<string, Sighting>();
  for (const scene of scenes) {
    if (!known.has(scene.id)) continue;
    const sightings = sightingsOf(scene, known);
    const first = sightings.find(({ id }) => id === scene.id);
    if (first) own.set(scene.id, first);
    linkWithin(sightings, scene, groups, options);
  }
  linkAcross([...own.values()], groups);
  const cast = new Map(scenes.map((scene) => [scene.id, scene]));
  return groups
    .all()
    .map((ids) => findingOf(ids, { known, own, cast, rows }))
    .sort(byUrgency);
};

/** The first violation of each rule in a run; of the run's own rule, the one that is reported. */
const sightingsOf = (
  { id: ownId, witness, shows }: Scene,
  known: ReadonlyMap<string, RequirementRecord>,
): Sighting[] => {
  const blame = blameIn(witness.trace);
  const told = shows.filter(({ id }) => id !== ownId && known.has(id));
  return [{ id: ownId, violations: [witness.violation] }, ...told].flatMap(({ id, violations }) => {
    const violation = violations.toSorted((one, other) => one.seq - other.seq)[0];
    return violation ? [{ id, seq: violation.seq, violation, blame: blame(violation) }] : [];
  });
};

const linkWithin = (
  sightings: readonly Sighting[],
  { id, witness }: Scene,
  groups: Groups,
  { isSmall, standing }: SceneOptions,
): void => {
  const own = sightings.find((one) => one.id === id);
  for (const one of sightings) {
    for (const other of sightings) {
      if (one !== other && isOne(one, other)) groups.join(one.id, other.id);
    }
    if (!own || one === own || one.seq > own.seq) continue;
    // All that a small run shows it needs. What is broken wherever one looks is there anyway.
    const isNeeded = isSmall && witness.plan.actors.length > 0 && !standing.has(one.id);
    const isSum = own.blame.isTally && one.blame.nature === 'memory';
    if ((isNeeded && one.blame.nature !== 'data') || isSum) groups.join(one.id, own.id);
  }
};

/** Whether two violations of a run have one cause: the same event, call, block or object. */
const isOne = (one: Sighting, other: Sighting): boolean => {
  if (one.seq === other.seq) return true;
  const call = one.blame.call;
  if (call !== null && call === other.blame.call) return true;
  if (one.blame.things.some((thing) => other.blame.things.includes(thing))) return true;
  return isMadeBy(one.blame, other.blame) || isMadeBy(other.blame, one.blame);
};

/** Whether what one is about was made by the call that is to blame, or by another one like it. */
const isMadeBy = ({ maker }: Blame, { call }: Blame): boolean =>
  maker !== null &&
  call !== null &&
  (maker === call || (maker.callback === call.callback && isOnce(maker)));

/** What is made once for a map or binding: each call of the kind makes the same. */
const isOnce = ({ callback }: NonNullable<Blame['call']>): boolean =>
  callback !== 'preprocess_map_update_element';

/**
 * Violations of different runs: the same kind of thing in the same callback is one, and so are a
 * line of code that crashes and what is made in one place and given back in none.
 */
const linkAcross = (own: readonly Sighting[], groups: Groups): void => {
  const first = new Map<string, string>();
  for (const { id, blame } of own) {
    for (const key of keysOf(blame)) {
      const known = first.get(key);
      if (known === undefined) first.set(key, id);
      else groups.join(known, id);
    }
  }
};

const keysOf = ({ call, nature, place, maker }: Blame): string[] => [
  ...(call === null || nature === 'data' || nature === 'other'
    ? []
    : [`${call.callback} ${nature}`]),
  ...(place === null ? [] : [`at ${place}`]),
  ...(maker === null || !isOnce(maker) ? [] : [`made in ${maker.callback}`]),
];

/** Sets of rules that grow together. */
class Groups {
  private readonly parent = new Map<string, string>();

  constructor(ids: readonly string[]) {
    for (const id of ids) this.parent.set(id, id);
  }

  private rootOf(id: string): string {
    let root = id;
    while (this.parent.get(root) !== root) root = this.parent.get(root)!;
    return root;
  }

  join(one: string, other: string): void {
    if (this.parent.has(one) && this.parent.has(other))
      this.parent.set(this.rootOf(other), this.rootOf(one));
  }

  all(): string[][] {
    const sets = new Map<string, string[]>();
    for (const id of this.parent.keys()) {
      const root = this.rootOf(id);
      sets.set(root, [...(sets.get(root) ?? []), id]);
    }
    return [...sets.values()];
  }
}

type Known = {
  known: ReadonlyMap<string, RequirementRecord>;
  own: ReadonlyMap<string, Sighting>;
  cast: ReadonlyMap<string, Scene>;
  rows: readonly RequirementRecord[];
};

const settingRank = (row: RequirementRecord): number => (row.setting === 'robustness' ? 1 : 0);
const verdictRank = ({ verdict }: RequirementRecord): number => BLAMED.indexOf(verdict);
// A warning tells less than what fails, wherever it was seen.
const isWarning = ({ verdict }: RequirementRecord): number => Number(verdict === 'warn');

const findingOf = (ids: readonly string[], parts: Known): FindingRecord => {
  const headline = headlineOf(ids, parts);
  const { known, own, rows } = parts;
  const row = known.get(headline)!;
  const members = ids.map((id) => known.get(id)!);
  const verdict = BLAMED.find((one) => members.some((member) => member.verdict === one))!;
  const sighting = own.get(headline);
  const scene = parts.cast.get(headline);
  const blame = sighting?.blame;
  const trace = scene?.witness.trace ?? [];
  const callback = blame?.call?.callback ?? row.at?.callback ?? null;
  const hidden = rows.filter((one) =>
    members.some(
      (member) =>
        member.at !== null && member.at.callback !== null && isCutShortIn(one, member.at.callback),
    ),
  );
  const nature = blame?.nature ?? 'other';
  return {
    key: `${callback ?? headline}: ${nature}`,
    nature,
    rule: headline,
    alsoBreaks: ids.filter((id) => id !== headline),
    verdict,
    ...(row.setting === undefined ? {} : { setting: row.setting }),
    callback,
    call: blame?.call ? describeCall(blame.call) : null,
    operation: blame?.call ? describeOperationOf(blame.call, trace) : (row.at?.operation ?? null),
    seq: blame?.call?.seq ?? row.at?.seq ?? null,
    did: blame?.did ?? null,
    message: row.message ?? 'nothing was said about it',
    unjudged: hidden.map(({ id }) => id),
  };
};

/**
 * The rule that says most directly what went wrong: by more than a warning, in ordinary life, in a
 * call that is known; then what the runs of the others show as well; then gravest first, and the
 * earliest.
 */
const headlineOf = (ids: readonly string[], { known, own, cast }: Known): string => {
  const shown = (id: string): number =>
    ids.filter((other) => cast.get(other)?.shows.some((one) => one.id === id)).length;
  const rank = (id: string): number[] => {
    const row = known.get(id)!;
    const sighting = own.get(id);
    const call = sighting?.blame.call;
    return [
      Number(row.verdict !== 'harness-error'),
      isWarning(row),
      call ? 0 : 1,
      // Who gives back too early explains what is then given back by none.
      Number(sighting?.blame.isTally ?? false),
      // What is left even where nobody is asked to release it is its maker's fault.
      Number(sighting?.blame.way === 'unreleased' && sighting.blame.maker !== call),
      settingRank(row),
      -shown(id),
      verdictRank(row),
      sighting?.violation.seq ?? Number.MAX_SAFE_INTEGER,
    ];
  };
  return ids.toSorted((one, other) => compare(rank(one), rank(other)))[0]!;
};

const compare = (one: readonly number[], other: readonly number[]): number => {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at === -1 ? 0 : one[at]! - other[at]!;
};

const byUrgency = (one: FindingRecord, other: FindingRecord): number =>
  compare(urgency(one), urgency(other));

const urgency = ({ verdict, setting, alsoBreaks }: FindingRecord): number[] => [
  Number(verdict !== 'harness-error'),
  Number(verdict === 'warn'),
  setting === 'robustness' ? 1 : 0,
  -alsoBreaks.length,
];

/** Findings of a record that has none of its own: each broken rule is one. */
export const eachForItself = (rows: readonly RequirementRecord[]): FindingRecord[] =>
  findingsOf(rows, [], { isSmall: false, standing: new Set() });

/** Findings of the parts of a run: what is the same kind of thing in the same callback is one. */
export const joinFindings = (
  parts: readonly (readonly FindingRecord[])[],
  rows: readonly RequirementRecord[],
): FindingRecord[] => {
  const red = new Set(rows.filter((row) => BLAMED.includes(row.verdict)).map(({ id }) => id));
  const joined = new Map<string, FindingRecord>();
  for (const finding of parts.flat().filter(({ rule }) => red.has(rule))) {
    const name = finding.nature === 'other' ? `${finding.key} ${finding.rule}` : finding.key;
    const first = joined.get(name);
    const also = first && [...first.alsoBreaks, finding.rule, ...finding.alsoBreaks];
    joined.set(name, !also ? finding : { ...first, alsoBreaks: [...new Set(also)] });
  }
  return [...joined.values()].sort(byUrgency);
};
