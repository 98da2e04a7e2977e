/**
 * Blocks and references that are alive after unload, by what became of the value they were made
 * for.
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Balance,
} from '../../harness/index.ts';
import type { Fate, HeldValue, Tag } from './held-value.ts';

const tagsOfFate: Record<Fate, Tag[]> = {
  held: [],
  unsure: [],
  failed: ['failed-update'],
  'rolled-back': ['rollback'],
  displaced: ['replace'],
  deleted: ['delete'],
};

const said: Record<'failed' | 'rolled-back' | 'displaced' | 'deleted', string> = {
  failed: 'refused',
  'rolled-back': 'rolled back',
  displaced: 'displaced',
  deleted: 'deleted',
};

/**
 * More values that are gone, and more lookups, than any cache has a reason to remember beyond what
 * it held at once.
 */
const keptValuesMax = 64;
const keptLookupsMax = 8;

type Leak = { tags: readonly Tag[]; saw: string };

/**
 * What values that are long gone, or lookups, still hold while the provider runs: growth that only
 * its end would stop. A few may be cached, and memory may be retired until the maps it was for are
 * gone (LIFE-003); references to objects may not.
 */
export const growthOf = (
  { balance, areMapsGone, mostHeld }: { balance: Balance; areMapsGone: boolean; mostHeld: number },
  values: readonly HeldValue[],
  findCalls: readonly number[],
): Leak[] => {
  const calls = (rows: readonly { call: number }[]): Set<number> =>
    new Set(rows.map(({ call }) => call));
  const all = calls([...balance.blocks, ...balance.objects]);
  const due = areMapsGone ? all : calls(balance.objects);
  const fates = (['rolled-back', 'displaced', 'deleted'] as const).flatMap((fate): Leak[] => {
    const count = values.filter((one) => one.fate === fate && due.has(one.call)).length;
    if (count <= Math.max(keptValuesMax, mostHeld)) return [];
    const saw = `memory or references for ${count} values that were ${said[fate]} are still held`;
    return [{ tags: tagsOfFate[fate], saw }];
  });
  const lookups = findCalls.filter((one) => all.has(one)).length;
  return lookups <= keptLookupsMax
    ? fates
    : [...fates, { tags: ['find'], saw: `memory or references from ${lookups} lookups are kept` }];
};

/** What was left behind, kind of value by kind of value; nothing when all is gone. */
export const leaksOf = (
  balance: Balance,
  values: readonly HeldValue[],
  findCalls: readonly number[],
): Leak[] => {
  const left = [
    ...balance.blocks.map(({ call, size, kind }) => ({
      call,
      what: `a block of ${size} bytes (${kind})`,
    })),
    ...balance.objects.map(({ call }) => ({ call, what: 'an object reference' })),
  ];
  if (left.length === 0) return [];
  const among = (calls: readonly number[], tags: readonly Tag[], where: string): Leak[] => {
    const wanted = new Set(calls);
    const found = left.filter((leak) => wanted.has(leak.call));
    const guilty = new Set(found.map((leak) => leak.call)).size;
    // One block of many may be a cache that grew then; every one, or several, are not.
    if (guilty === 0 || guilty < Math.min(2, calls.length)) return [];
    const share = `${guilty} of ${calls.length} such calls`;
    return [
      { tags, saw: `${found[0]!.what} made ${where} is still there after unload (${share})` },
    ];
  };
  const callsOf = (pick: (one: HeldValue) => boolean): number[] =>
    values
      .filter((one) => one.fate !== 'held' && one.fate !== 'unsure' && pick(one))
      .map((one) => one.call);
  const fates = (['failed', 'rolled-back', 'displaced', 'deleted'] as const).flatMap((fate) =>
    among(
      callsOf((one) => one.fate === fate),
      tagsOfFate[fate],
      `for a value that was ${said[fate]}`,
    ),
  );
  const isLeft = ({ call }: HeldValue): boolean => left.some((leak) => leak.call === call);
  const explicit = callsOf(({ ending }) => ending !== null && (ending & ~HELPER) === 0);
  const rejected = callsOf((one) => one.rejected);
  const combined = callsOf(
    ({ ending }) => ending !== null && (ending & UPDATE) !== 0 && ending !== UPDATE,
  );
  const plain = values.filter(
    (one) => !['held', 'unsure', 'failed'].includes(one.fate) && !one.filled && !one.duplicate,
  );
  const isGeneral = plain.some(isLeft);
  /**
   * Ended by flags with which no plain value was seen to be released: what they do is not told
   * apart.
   */
  const isUntold = ({ ending }: HeldValue): boolean =>
    ending !== null && ending !== 0 && !plain.some((one) => one.ending === ending && !isLeft(one));
  return [
    ...fates,
    ...among(explicit, ['delete'], 'for a value that was deleted explicitly'),
    ...among(
      rejected,
      ['delete', 'rejected-delete'],
      'for a value whose deletion was refused once',
    ),
    ...among(combined, ['delete'], 'for a value that was ended with UPDATE among other flags'),
    ...among(findCalls, ['find'], 'in a lookup'),
    // Where plain values leak too, nothing special about the others explains it.
    ...(isGeneral
      ? []
      : [
          ...among(
            callsOf((one) => one.filled),
            ['filled'],
            'for a value whose out_value was not zero before',
          ),
          ...among(
            callsOf((one) => one.duplicate && !isUntold(one)),
            ['duplicate'],
            'for a value that was stored more than once',
          ),
        ]),
  ];
};
