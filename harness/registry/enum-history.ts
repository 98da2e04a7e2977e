/**
 * ENUM-004 and collisions: what one header does to the numbers of an older one, or of a pull
 * request beside it.
 */
import { finding, label, nextFreeId } from './finding.ts';
import type { BaseRegistry, Finding, RegistryInput, Revision } from './finding.ts';
import { word } from './header.ts';
import type { MapTypeEntry, MapTypeEnum } from './header.ts';
import { linuxHint } from './linux-hint.ts';
import { isKnownCustom } from './snapshot.ts';

/** ENUM-004: renumbered, reused and dropped ids, compared with the base. */
export function judgeHistory({ header, base, revision }: RegistryInput): Finding[] {
  // The bundled registry is that of revision merged; under the draft, extensions had other numbers.
  const isComparable = (name: string) =>
    base.kind === 'header' || revision === 'merged' || !isKnownCustom(name);
  const old = base.types.filter(({ name }) => isComparable(name));
  const oldIds = new Map(old.map(({ name, id }) => [name, id]));
  const oldNames = new Map(old.map(({ name, id }) => [id, name]));
  const current = new Map(header.entries.map((entry) => [entry.name, entry]));
  return [
    ...header.entries.flatMap((entry) => {
      const before = oldIds.get(entry.name);
      if (before !== undefined)
        return before === entry.value ? [] : [renumbered(header, entry, before, base)];
      const holder = oldNames.get(entry.value);
      if (holder === undefined) return [];
      // While both are there, ENUM-003 reports the repeated id; the draft has no such rule.
      return revision === 'merged' && current.get(holder)?.value === entry.value
        ? []
        : [reused(header, entry, holder, base)];
    }),
    ...(base.kind === 'header' ? dropped(header, base) : []),
    ...(revision === 'draft' ? repeatedInDraft(header) : []),
  ];
}

function renumbered(
  header: MapTypeEnum,
  entry: MapTypeEntry,
  before: number,
  base: BaseRegistry,
): Finding {
  const says = `${label(entry)} was renumbered: it is ${before} in ${base.label}.`;
  return finding('ENUM-004', 'warn', header, entry, `${says}${linuxHint(entry.name, entry.value)}`);
}

function reused(
  header: MapTypeEnum,
  entry: MapTypeEntry,
  holder: string,
  base: BaseRegistry,
): Finding {
  const says = `${label(entry)} reuses an id: it is that of ${word(holder)} in ${base.label}.`;
  return finding('ENUM-004', 'warn', header, entry, `${says}${linuxHint(entry.name, entry.value)}`);
}

function dropped(header: MapTypeEnum, base: BaseRegistry): Finding[] {
  const names = new Set(header.entries.map(({ name }) => name));
  const ids = new Set(header.entries.map(({ value }) => value));
  return base.types
    .filter(({ name, id }) => !names.has(name) && !ids.has(id))
    .map(({ name, id }) => {
      const says = `${word(name)} (${id}) of ${base.label} is gone, so that its id can be reused; keep the entry.`;
      return finding('ENUM-004', 'warn', header, header, says);
    });
}

function repeatedInDraft(header: MapTypeEnum): Finding[] {
  const firsts = new Map<number, MapTypeEntry>();
  return header.entries.flatMap((entry) => {
    const first = firsts.get(entry.value);
    if (first === undefined) firsts.set(entry.value, entry);
    return first === undefined
      ? []
      : [
          finding(
            'ENUM-004',
            'warn',
            header,
            entry,
            `${label(entry)} reuses the id of ${word(first.name)} on line ${first.line}.`,
          ),
        ];
  });
}

/** Headers side by side: an id or a name that two of them take for different things. */
export function judgeCollisions({ header, others, base, revision }: RegistryInput): Finding[] {
  const all = [header, ...others];
  const known = new Map(base.types.map(({ name, id }) => [name, id]));
  const free = nextFreeId(all);
  return all.flatMap((left, index) =>
    all.slice(index + 1).flatMap((right) => pairCollisions(left, right, { known, free, revision })),
  );
}

type Surroundings = { known: ReadonlyMap<string, number>; free: number; revision: Revision };

function pairCollisions(
  left: MapTypeEnum,
  right: MapTypeEnum,
  { known, free, revision }: Surroundings,
): Finding[] {
  const byId = new Map(right.entries.map((entry) => [entry.value, entry]));
  const byName = new Map(right.entries.map((entry) => [entry.name, entry]));
  const isOld = (entry: MapTypeEntry) => known.get(entry.name) === entry.value;
  const collision = (
    mine: MapTypeEntry,
    theirs: MapTypeEntry,
    message: (a: string, b: string) => string,
  ): Finding => {
    // The newcomer is the one to change; where both are new, the header that is judged is.
    const [header, entry, other, file] = isOld(mine)
      ? [right, theirs, mine, left.file]
      : [left, mine, theirs, right.file];
    const place = `${word(other.name)} of ${word(file)} line ${other.line}`;
    const [rule, verdict] =
      revision === 'merged' ? (['ENUM-003', 'fail'] as const) : (['ENUM-004', 'warn'] as const);
    return finding(rule, verdict, header, entry, message(label(entry), place));
  };
  return left.entries.flatMap((mine) => {
    const sameName = byName.get(mine.name);
    if (sameName !== undefined) {
      if (sameName.value === mine.value) return [];
      return [
        collision(
          mine,
          sameName,
          (entry, other) => `${entry} has another id than ${other}; one type has one id.`,
        ),
      ];
    }
    const sameId = byId.get(mine.value);
    if (sameId === undefined) return [];
    const advice = revision === 'merged' ? ` One of the two takes ${free}, the next free id.` : '';
    return [
      collision(
        mine,
        sameId,
        (entry, other) => `${entry} collides with ${other}: both take id ${mine.value}.${advice}`,
      ),
    ];
  });
}
