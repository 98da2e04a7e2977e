/**
 * What a verdict rests on: each thing declared, probed or assumed of the subject, and the rules it
 * excuses.
 */
import { CATALOGUE } from '../abi/catalogue.ts';
import { exemptOf, type Exempt } from '../check/condition.ts';
import type { Requirement } from '../check/requirement.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { Profile } from '../provider/profile.ts';
import { printable } from '../trace/printable.ts';
import type { RequirementRecord, RestsOn } from './record.ts';
import type { Chapter } from './chapter.ts';

const groundsInOrder: readonly RestsOn['by'][] = ['declared', 'probed', 'assumed', 'data'];

const shownMax = 120;

const listed = (list: readonly unknown[]): string =>
  list.length === 0
    ? 'none'
    : `${list.slice(0, 12).join(', ')}${list.length > 12 ? `, … (${list.length})` : ''}`;

/** Members of a profile that a verdict rests on, in the order of their documentation, in words. */
const members: Partial<Record<keyof Profile, (profile: Profile) => string>> = {
  keySizes: ({ keySizes }) => listed(keySizes),
  valueSizes: ({ valueSizes }) => listed(valueSizes),
  maxEntries: ({ maxEntries }) => `${maxEntries.min} to ${maxEntries.max}`,
  keysRefused: ({ keysRefused }) => `the first ${keysRefused} are refused`,
  values: ({ values }) => values,
  invalidValues: ({ invalidValues }) => listed(invalidValues),
  duplicatesAllowed: ({ duplicatesAllowed }) => String(duplicatesAllowed),
  valueRelation: ({ valueRelation }) => String(valueRelation),
  userLookup: ({ userLookup }) => String(userLookup),
  userUpdate: ({ userUpdate }) => userUpdate ?? 'supported',
  deleteMayReject: ({ deleteMayReject }) => String(deleteMayReject),
  programTypes: ({ programTypes }) =>
    `accepted ${listed(programTypes?.accept ?? [])}; refused ${listed(programTypes?.reject ?? [])}`,
  restartable: ({ restartable }) => String(restartable),
  reclamation: ({ reclamation }) => reclamation,
  maxMaps: ({ maxMaps }) => (maxMaps === null ? 'any number' : String(maxMaps)),
  helpers: ({ helpers }) => listed(helpers.map(({ id }) => id)),
  mapTypeName: ({ mapTypeName }) => String(mapTypeName),
  strictness: ({ strictness }) => strictness,
};

/** Without a map hardly anything is judged: whatever else is said comes after that. */
const noMap: RestsOn = {
  what:
    'no map: none could be created with the sizes that were tried; declare keySizes and valueSizes, ' +
    'and maxEntries where it matters',
  by: 'probed',
  excuses: [],
};

/** What is taken for granted where nothing is declared, of those that a run cannot find out. */
const assumed: readonly (keyof Profile)[] = ['reclamation', 'maxMaps'];

const shown = (name: string, words: string): string => printable(`${name}: ${words}`, shownMax);

type Member = { name: keyof Profile; entry: RestsOn };

const membersOf = (profile: Profile, isRuntime: boolean): Member[] =>
  (Object.keys(members) as (keyof Profile)[]).flatMap((name) => {
    const source = profile.source[name];
    const by =
      source === 'declared' || source === 'probed'
        ? source
        : !isRuntime && assumed.includes(name)
          ? 'assumed'
          : null;
    if (by === null) return [];
    return [{ name, entry: { what: shown(name, members[name]!(profile)), by, excuses: [] } }];
  });

/**
 * Why a row is not applicable, as far as that rests on the subject; null: on the contract alone.
 */
const excuseOf = (
  row: RequirementRecord,
  requirement: Requirement | undefined,
  subject: SubjectContext,
): Exempt | null => {
  if (row.verdict !== 'not-applicable' || row.reason === null || row.reason === 'subject')
    return null;
  const exempt = exemptOf(requirement?.applies, subject);
  if (exempt?.why === row.reason) return exempt.by === 'contract' ? null : exempt;
  const isRevision = !CATALOGUE.find(({ id }) => id === row.id)?.revisions.includes(
    subject.revision,
  );
  if (isRevision) return null;
  // What the face of a runtime leaves out is its data; what an adapter hides is our own assumption.
  return { by: subject.kind === 'runtime' ? 'data' : 'occasion', why: row.reason };
};

/** Kinds of subjects whose maps the harness creates. */
const judgedByRuns: readonly SubjectContext['kind'][] = ['in-process', 'native'];

/** The ground of a verdict on one subject, from its rows; chapters as they were concluded with. */
export const restsOn = (
  rows: readonly RequirementRecord[],
  chapters: readonly Chapter[],
  subject: SubjectContext,
): RestsOn[] => {
  const known = new Map(
    chapters.flatMap(({ requirements }) => requirements.map((one) => [one.id, one] as const)),
  );
  const found = membersOf(subject.profile, subject.kind === 'runtime');
  const others = new Map<string, RestsOn>();
  for (const row of rows) {
    const exempt = excuseOf(row, known.get(row.id), subject);
    if (!exempt) continue;
    const member = found.find(({ name, entry }) => name === exempt.on && entry.by === 'declared');
    if (exempt.by === 'declared' && member) {
      member.entry.excuses.push(row.id);
      continue;
    }
    const by = exempt.by === 'occasion' ? 'assumed' : 'data';
    const other = others.get(exempt.why) ?? { what: exempt.why, by, excuses: [] };
    other.excuses.push(row.id);
    others.set(exempt.why, other);
  }
  const isBare = subject.profile.accepted.length === 0 && judgedByRuns.includes(subject.kind);
  return inOrder([
    ...(isBare ? [noMap] : []),
    ...found.map(({ entry }) => entry),
    ...others.values(),
  ]);
};

const positions = new Map(CATALOGUE.map(({ id }, at) => [id as string, at]));
const positionOf = (id: string): number => positions.get(id) ?? positions.size;

/**
 * That there was no map, then what was declared, found out, said by nobody; within each what
 * excuses nothing, then as it is worded.
 */
const inOrder = (all: readonly RestsOn[]): RestsOn[] =>
  [...all].sort(
    (one, other) =>
      Number(other.what === noMap.what) - Number(one.what === noMap.what) ||
      groundsInOrder.indexOf(one.by) - groundsInOrder.indexOf(other.by) ||
      Math.min(one.excuses.length, 1) - Math.min(other.excuses.length, 1) ||
      (one.what < other.what ? -1 : Number(one.what > other.what)),
  );

/** The grounds of several shards of one run as one list: each shard excuses rules of its own. */
export const joinGrounds = (lists: readonly (readonly RestsOn[])[]): RestsOn[] => {
  const joined = new Map<string, RestsOn>();
  for (const one of lists.flat()) {
    const name = `${one.by} ${one.what}`;
    const excuses = [...new Set([...(joined.get(name)?.excuses ?? []), ...one.excuses])];
    excuses.sort((a, b) => positionOf(a) - positionOf(b));
    joined.set(name, { ...one, excuses });
  }
  return inOrder([...joined.values()]);
};
