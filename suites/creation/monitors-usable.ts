/** CRE-006 by use: sizes that preprocess_map_create accepts are sizes that updates work with. */
import type {
  CallbackEntered,
  EventOf,
  Profile,
  SubjectContext,
  Watch,
} from '../../harness/index.ts';
import { isOrdinary } from '../element-call.ts';

const update = 'preprocess_map_update_element';

/** So many values, all taken in maps of one size and none in maps of the other, are no coincidence. */
const enough = 4;

export type Sizes = { key: number; value: number };
type Tally = Sizes & {
  accepted: number;
  /** Values that were refused, by their names in the plan. */
  refused: Set<string>;
  last: EventOf<'callback-returned'>;
};

/**
 * Pairs that differ in one size only: what one takes and the other never does is a matter of that
 * size. Key sizes count where keys are declared: a provider may have a key range of its own (CRE-021).
 */
const isNeighbour = (profile: Profile, one: Sizes, other: Sizes): boolean =>
  one.key === other.key
    ? one.value !== other.value
    : one.value === other.value && profile.source['keys'] === 'declared';

/**
 * Values to fill a map of these sizes with. Generated ones are bytes of all kinds; a number that is
 * small whatever its width, and zeroes, come on top, so that no demand on single bytes refuses all.
 */
export const fillings = ({ values }: Profile, { value }: Sizes): (number | string)[] =>
  values === 'generated' ? [0, 1, '01'.padEnd(2 * value, '0'), '00'.repeat(value)] : [0, 1, 2, 3];

const valueSizesMax = 6;
const keySizesMax = 2;

/**
 * Accepted sizes to fill maps with, the preferred ones first: as many value sizes as possible, each
 * beside a pair with the same key size, and a few key sizes. Null when there is nothing to compare.
 */
export const neighbouringSizes = (profile: Profile): Sizes[] | null => {
  const { accepted, hasUpdate, values } = profile;
  const [first] = accepted;
  if (!first || !hasUpdate || values === 'none') return null;
  const sameKey = (pair: Sizes): boolean => pair.key === first.key;
  const sameValue = (pair: Sizes): boolean => pair.value === first.value;
  const otherValues = [...accepted.filter(sameKey), ...accepted]
    .filter((pair) => !sameValue(pair))
    .filter((pair, at, all) => all.findIndex((one) => one.value === pair.value) === at)
    .slice(0, valueSizesMax);
  const keys = new Set(otherValues.map((pair) => pair.key));
  const otherKeys = accepted
    .filter((pair) => sameValue(pair) && !sameKey(pair))
    .sort((one, other) => Number(keys.has(other.key)) - Number(keys.has(one.key)))
    .slice(0, keySizesMax);
  const sizes = [first, ...otherKeys, ...otherValues];
  const isCompared = sizes.some((one) => sizes.some((other) => isNeighbour(profile, one, other)));
  return isCompared ? sizes : null;
};

/** Whether several sizes can be compared by filling maps with them. */
export const hasNeighbouringSizes = ({ profile }: SubjectContext): boolean =>
  neighbouringSizes(profile) !== null;

/**
 * Only updates of the one map that lives count, so that no limit on maps or values in use explains a
 * refusal, and judgement waits until the neighbouring size works again after the refusals.
 */
export const watchUsableSizes: Watch = (say, trace) => {
  const { profile } = trace.subject;
  const living = new Set<string>();
  const tallies = new Map<string, Tally>();
  const short = new Set<number>();
  /** The value that an ordinary update of a user names; null for any other. */
  const valueOf = (call: CallbackEntered): string | null => {
    const operation = trace.operation(call.op)?.operation;
    if (operation?.op !== 'update' || living.size !== 1 || !isOrdinary(call, trace)) return null;
    if ((call.flags ?? 0) !== 0) return null;
    const { value } = operation;
    const isLiteral = typeof value === 'string' && profile.values === 'generated';
    return typeof value === 'number' || isLiteral ? JSON.stringify(value) : null;
  };
  const count = (
    event: EventOf<'callback-returned'>,
    call: CallbackEntered,
    value: string,
  ): Tally | null => {
    const map = trace.map(call.map);
    if (!map) return null;
    const name = [map.registration, map.key_size, map.value_size].join(' ');
    const sizes = { key: map.key_size, value: map.value_size };
    const tally = tallies.get(name) ?? { ...sizes, accepted: 0, refused: new Set(), last: event };
    tallies.set(name, tally);
    if (event.result === 'EBPF_SUCCESS') tally.accepted += 1;
    else tally.refused.add(value);
    tally.last = event;
    return tally;
  };
  const works = ({ accepted, refused }: Tally): boolean => accepted >= enough && refused.size === 0;
  const isUnusable = (tally: Tally): boolean =>
    tally.accepted === 0 &&
    fillings(profile, tally).every((value) => tally.refused.has(JSON.stringify(value)));
  return {
    'map-created': (event) => void living.add(event.map),
    'map-gone': (event) => void living.delete(event.map),
    'allocation-failed': (event) => void short.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      const value = call && event.callback === update ? valueOf(call) : null;
      if (!call || value === null || short.has(event.call)) return;
      const tally = count(event, call, value);
      if (!tally || tally.accepted === 0) return;
      const near = [...tallies.values()].filter((one) => isNeighbour(profile, one, tally));
      if (near.length > 0) say.exercised();
      if (!works(tally)) return;
      for (const one of near.filter(isUnusable)) {
        say.violated(
          one.last,
          'preprocess_map_create refuses sizes that the provider does not support',
          `key_size ${one.key}, value_size ${one.value} was accepted and then none of ${one.refused.size} ` +
            `valid values was taken (${one.last.result}), while key_size ${tally.key}, value_size ${tally.value} takes each`,
        );
      }
    },
  };
};
