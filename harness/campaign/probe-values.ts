/**
 * Which values, keys and sizes can be used together, and what a lookup shows of them. A relation is
 * learnt from one key, looked up right after its update; what the other lookups show then must fit
 * it, or is for the rules to judge.
 */
import type { Profile } from '../provider/profile.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { Operation } from '../trace/plan.ts';
import type { SizePair } from './probe-sizes.ts';

/** Asks the subject in a run of its own. */
export type Ask = (name: string, operations: Operation[]) => Promise<TraceEvent[]>;

type Ended = EventOf<'operation-ended'>;

/** Values to try where none are made: any bytes, handles of the host, small numbers. */
const guessedValues: Profile['values'][] = ['generated', 'handles', 'numbers'];

/** Sizes of values, and keys of a map, that are tried before none is said to work. */
const sizesMax = 16;
const keysTried = 4;

const ok = (event: Ended | undefined): boolean => event?.result === 'EBPF_SUCCESS';

const endedIn = (trace: readonly TraceEvent[]): Ended[] =>
  trace.filter((event): event is Ended => event.kind === 'operation-ended');

const isLost = (trace: readonly TraceEvent[]): boolean =>
  trace.some((event) => event.kind === 'lost');

const update = (key: number, value: number): Operation => ({ op: 'update', map: 0, key, value });
const find = (key: number): Operation => ({ op: 'find', map: 0, key });

/** The questions in their order, by name. */
const questions = {
  start: null,
  create: { op: 'create', map: 0 },
  first: update(0, 0),
  shown: find(0),
  second: update(1, 1),
  secondShown: find(1),
  shownLater: find(0),
  secondShownLater: find(1),
  deletion: { op: 'delete', map: 0, key: 1 },
  duplicate: update(2, 0),
  otherDeletion: { op: 'delete', map: 0, key: 0 },
  close: { op: 'close', map: 0 },
  stop: { op: 'stop' },
} as const satisfies Record<string, Operation | null>;

type Answers = Partial<Record<keyof typeof questions, Ended>>;

const asked = Object.values(questions).filter((one) => one !== null);

const answersOf = (trace: readonly TraceEvent[]): Answers => {
  const answers = endedIn(trace);
  return Object.fromEntries(Object.keys(questions).map((name, at) => [name, answers[at]]));
};

/**
 * Finds values that are accepted, with a size and keys for which they are, and reads what comes of
 * them.
 */
export const probeValues = async (
  profile: Profile,
  hasMakeValue: boolean,
  ask: Ask,
): Promise<void> => {
  if (profile.userUpdate !== null) return;
  const sources: Profile['values'][] =
    profile.values === 'config'
      ? ['config']
      : hasMakeValue
        ? ['module', ...guessedValues]
        : guessedValues;
  for (const source of sources) {
    profile.values = source;
    let trace = await ask('values', asked);
    if (!isLost(trace) && !isAccepted(trace) && (await adaptTo(profile, ask))) {
      trace = await ask('values', asked);
    }
    // A provider that does not come back was not asked enough: its rules still apply.
    if (!isLost(trace) && !isAccepted(trace)) {
      profile.values = 'none';
      continue;
    }
    if (!isLost(trace)) profile.source['values'] ??= 'probed';
    readAnswers(profile, trace);
    return;
  }
};

const isAccepted = (trace: readonly TraceEvent[]): boolean => {
  const { first, second } = answersOf(trace);
  // A module need not make a second one.
  return ok(first) && (ok(second) || second?.skipped === true);
};

/** Looks for a size and a key that work with the values at hand; they come first then. */
const adaptTo = async (profile: Profile, ask: Ask): Promise<boolean> => {
  const pairs = profile.accepted
    .filter((pair, at, all) => all.findIndex(({ value }) => value === pair.value) === at)
    .slice(0, sizesMax);
  const keys = Array.from({ length: keysTried }, (_, key) => key);
  const trace = await ask('sizes and keys for values', [
    ...pairs.flatMap((pair): Operation[] => [
      { op: 'create', map: 0, key_size: pair.key, value_size: pair.value },
      ...keys.map((key) => update(key, key)),
      { op: 'close', map: 0 },
    ]),
    { op: 'stop' },
  ]);
  const answers = endedIn(trace).filter((event) => event.operation.op === 'update');
  for (const [at, pair] of pairs.entries()) {
    const own = answers.slice(at * keysTried, (at + 1) * keysTried);
    const refused = own.findIndex((event) => ok(event));
    if (refused < 0 || !own.slice(refused, refused + 2).every(ok)) continue;
    prefer(profile, pair);
    if (refused > 0) {
      profile.keysRefused = refused;
      profile.source['keysRefused'] = 'probed';
    }
    return true;
  }
  return false;
};

/** Pairs with the size that works go first, so that plans use it. */
const prefer = (profile: Profile, { value }: SizePair): void => {
  const works = (pair: SizePair): boolean => pair.value === value;
  profile.accepted = [
    ...profile.accepted.filter(works),
    ...profile.accepted.filter((pair) => !works(pair)),
  ];
};

const readAnswers = (profile: Profile, trace: readonly TraceEvent[]): void => {
  const answers = answersOf(trace);
  readLookups(profile, answers, trace);
  const deletions = [answers.deletion, answers.otherDeletion];
  const isRefused = (event: Ended | undefined): boolean =>
    event !== undefined && !event.skipped && !ok(event);
  // One that refuses some deletes is judged by the others.
  const refusesAll = profile.deleteStyle === 'preprocess' && deletions.every(isRefused);
  if (refusesAll && profile.source['deleteMayReject'] === undefined) {
    profile.deleteMayReject = true;
    profile.source['deleteMayReject'] = 'probed';
  }
  const { duplicate } = answers;
  if (profile.duplicatesAllowed === null && profile.values !== 'none' && duplicate !== undefined) {
    profile.duplicatesAllowed = ok(duplicate);
    profile.source['duplicatesAllowed'] = 'probed';
  }
  profile.countsResources =
    profile.hasUpdate && isMoved(Object.values(answers).filter((one) => one !== undefined));
};

/**
 * Whether values move the counter at all: one that stands still says nothing, and how one moves is
 * for the rules to judge.
 */
const isMoved = (answers: readonly Ended[]): boolean => {
  const ofMap = answers.filter(({ operation: { op } }) => !['start', 'close', 'stop'].includes(op));
  const counts = ofMap.flatMap(({ resources }) => resources ?? []);
  return counts.some((count) => count !== counts[0]);
};

/**
 * Lookups are refused where none succeeds; where one does, one that fails is for the rules to
 * judge.
 */
const readLookups = (profile: Profile, answers: Answers, trace: readonly TraceEvent[]): void => {
  const { shown, secondShown, shownLater, secondShownLater } = answers;
  const all = [shown, secondShown, shownLater, secondShownLater];
  if (profile.userLookup === null && shown !== undefined) {
    profile.userLookup = all.some(ok) ? 'supported' : shown.result;
    profile.source['userLookup'] = 'probed';
  }
  if (profile.valueRelation !== null || profile.userLookup !== 'supported') return;
  const given = trace.flatMap((event) =>
    event.kind === 'callback-entered' && event.callback === 'preprocess_map_update_element'
      ? [event.value]
      : [],
  );
  const isIdentity = shown?.out === given[0];
  // A value that is always shown in one and the same other form may be any function of it.
  const isSteady = shown?.out === shownLater?.out && secondShown?.out === secondShownLater?.out;
  if (isSteady && ok(shown) && ok(secondShown)) profile.steadyLookups = true;
  const hasSecond = answers.second?.skipped !== true;
  const mayBeFunction = isSteady && hasSecond && secondShown?.out !== given[1];
  profile.valueRelation =
    !profile.updatesOriginalValue || (isIdentity && !mayBeFunction) ? 'identity' : 'opaque';
  profile.source['valueRelation'] = 'probed';
};
