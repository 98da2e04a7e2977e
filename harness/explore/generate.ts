/**
 * Generated plans. A plan is arrays of operation records, so it is JSON, shrinks by leaving
 * operations out, and repeats from its seed.
 */
import { PROGRAM_TYPES } from '../abi/guid.ts';
import type { Profile } from '../provider/profile.ts';
import type { Actor, Caller, Operation, Plan } from '../trace/plan.ts';
import { fc } from './drawing.ts';
import { drawnMap, keysMany, type DrawnMap, type MapDraw } from './drawn-maps.ts';

/** A plan with the choices that decide between its actors. */
export type PlannedRun = { plan: Plan; choices: number[] };

/**
 * How often each kind of operation is drawn, by chapter; `element` covers all element operations.
 */
export type Mix = 'nmr' | 'lifetime' | 'elements' | 'interleaved';

const mapSlots = 4;
const otherSlots = 3;
/** Numbers of keys and values are drawn from a wide range and wrapped into what a map has. */
const wide = fc.nat(0xffff);
const slot = fc.nat(mapSlots - 1);
const other = fc.nat(otherSlots - 1);

/** Operations as drawn: keys and values are numbers still. */
const elementOperation = (profile: Profile): fc.Arbitrary<Operation> => {
  const caller: fc.Arbitrary<Caller> = profile.updatesOriginalValue
    ? fc.constant('user')
    : fc.constantFrom('user', 'user', 'program');
  const option = fc.constantFrom('EBPF_ANY', 'EBPF_ANY', 'EBPF_NOEXIST', 'EBPF_EXIST');
  const on = { map: slot, key: wide, caller };
  const of = <T extends Operation['op']>(op: T) => fc.constant(op);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ op: of('update'), ...on, value: wide, option }),
    } as { weight: number; arbitrary: fc.Arbitrary<Operation> },
    { weight: 3, arbitrary: fc.record({ op: of('find'), ...on }) },
    { weight: 2, arbitrary: fc.record({ op: of('delete'), ...on }) },
    { weight: 1, arbitrary: fc.record({ op: of('find'), ...on, delete: fc.constant(true) }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: of('next_key'), map: slot, key: fc.option(wide, { nil: null }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        op: of('associate'),
        map: slot,
        program_type: fc.constantFrom(...Object.values(PROGRAM_TYPES)),
      }),
    },
  );
};

const lifetimeOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('create' as const), map: slot }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('close' as const), map: slot }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('hold' as const), map: slot }) },
  { weight: 1, arbitrary: fc.constant<Operation>({ op: 'drain' }) },
);

const nmrOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('attach' as const), binding: other }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('detach' as const), binding: other }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('register_other' as const), other }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('deregister_other' as const), other }) },
);

/** One operation of a mix. */
const operationOf = (profile: Profile, mix: Mix): fc.Arbitrary<Operation> => {
  const weights = {
    nmr: [4, 4, 1],
    lifetime: [0, 5, 4],
    elements: [0, 2, 7],
    interleaved: [0, 2, 7],
  }[mix];
  return fc.oneof(
    { weight: weights[0]!, arbitrary: nmrOperation },
    { weight: weights[1]!, arbitrary: lifetimeOperation },
    { weight: weights[2]!, arbitrary: elementOperation(profile) },
  );
};

/** Counts beside the powers of two: where tables are full and counts come round. */
const edges = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 255, 257];

const mapDraw: fc.Arbitrary<MapDraw> = fc.record({
  pair: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: wide }),
  entries: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
  ),
  keys: fc.constantFrom('few' as const, 'few' as const, 'few' as const, 'alike' as const),
  values: fc.constantFrom<MapDraw['values']>('few', 'few', 'few', 'equal', 'many', 'any'),
  bytes: fc.array(fc.nat(255), { minLength: 8, maxLength: 8 }),
});

/** How many operations an actor has: mostly few, so that a witness is short from the start. */
const lengths = fc.constantFrom(12, 12, 12, 12, 12, 12, 12, 12, 12, 24, 50);

/** How many entries map 0 is filled with at the beginning: mostly none. */
const fills = fc.constantFrom(...Array.from({ length: 20 }, () => 0), 17, 65, 101, keysMany);

/** What a plan is made of besides its operations. */
type Frame = {
  draws: MapDraw[];
  /** Maps created at the beginning. */
  made: number;
  fill: number;
  end: 'none' | 'stop' | 'restart';
  /** Where in the first actor it starts anew; operations after it go on with new maps. */
  restartAt: number | null;
  /** Process of every actor but the first. */
  process: number;
  choices: number[];
};

const frameOf = (profile: Profile): fc.Arbitrary<Frame> =>
  fc.record({
    draws: fc.array(mapDraw, { minLength: mapSlots, maxLength: mapSlots }),
    made: fc.integer({ min: 1, max: mapSlots }),
    fill: profile.accepted.length > 0 && profile.values !== 'none' ? fills : fc.constant(0),
    end: fc.constantFrom<Frame['end']>('none', 'none', 'stop', 'restart'),
    restartAt: fc.option(fc.nat(12), { nil: null, freq: 6 }),
    process: fc.constantFrom(1, 2),
    choices: fc.array(fc.nat(5), { maxLength: 60, size: 'max' }),
  });

/** Maps of the slots that there is room for; the first has room for what it is filled with. */
const mapsOf = (profile: Profile, { draws, fill }: Frame, isAlone: boolean): DrawnMap[] =>
  draws
    .slice(0, Math.min(profile.maxMaps ?? mapSlots, mapSlots))
    // Beside others a refusal would be taken for theirs: values that may be refused stay alone.
    .map((draw): MapDraw => (isAlone || draw.values !== 'any' ? draw : { ...draw, values: 'few' }))
    .map((draw, map) =>
      map === 0 && fill > 0
        ? drawnMap(profile, 0, { ...draw, entries: fill, keys: 'many', pair: 0 })
        : drawnMap(profile, map, draw),
    );

/** The operation on a map that is there; null when its slot is beyond what the profile allows. */
const placed = (operation: Operation, maps: readonly DrawnMap[]): Operation | null => {
  if (!('map' in operation) || typeof operation.map !== 'number') return operation;
  const map = maps[operation.map];
  if (!map) return null;
  if (operation.op === 'create') return map.create;
  const wrapped = <T>(list: readonly T[], at: unknown): T => list[Number(at) % list.length]!;
  return {
    ...operation,
    ...('key' in operation && operation.key !== null
      ? { key: wrapped(map.keys, operation.key) }
      : {}),
    ...('value' in operation ? { value: wrapped(map.values, operation.value) } : {}),
  } as Operation;
};

const filled = ({ keys, values }: DrawnMap, count: number): Operation[] =>
  keys.slice(0, count).map((key, at) => ({
    op: 'update',
    map: 0,
    key,
    value: values[at % values.length]!,
  }));

/** A start with its maps, the operations, and how it ends; a start anew somewhere between. */
const firstActor = (
  profile: Profile,
  frame: Frame,
  maps: readonly DrawnMap[],
  list: readonly Operation[],
): Operation[] => {
  const begin: Operation[] = [
    { op: 'start' },
    ...maps.slice(0, frame.made).map(({ create }) => create),
  ];
  const { restartAt } = frame;
  const isRestarted = profile.restartable !== false;
  const middle: Operation[] =
    isRestarted && restartAt !== null && restartAt < list.length ? [{ op: 'stop' }, ...begin] : [];
  const last: Operation[] =
    frame.end === 'none'
      ? []
      : frame.end === 'stop' || !isRestarted
        ? [{ op: 'stop' }]
        : [{ op: 'stop' }, { op: 'start' }, maps[0]!.create];
  const at = restartAt ?? 0;
  return [
    ...begin,
    ...filled(maps[0]!, frame.fill),
    ...list.slice(0, at),
    ...middle,
    ...list.slice(at),
    ...last,
  ];
};

const runOf = (
  profile: Profile,
  { suite, mix }: { suite: string; mix: Mix },
  lists: readonly Operation[][],
  frame: Frame,
): PlannedRun => {
  const maps = mapsOf(profile, frame, lists.length === 1);
  // Who takes a value of a stranger for bad must not be asked for it beside others.
  const isCrossed = mix !== 'interleaved' && frame.process !== 1;
  const actors = lists.map((drawn, index): Actor => {
    const list = drawn.flatMap((one) => placed(one, maps) ?? []);
    const process = index === 0 || !isCrossed ? 1 : frame.process;
    const operations = index === 0 ? firstActor(profile, frame, maps, list) : list;
    return { caller: 'user', process, operations };
  });
  return {
    plan: { name: `generated (${mix})`, suite, actors },
    choices: isCrossed && lists.length > 1 ? [] : frame.choices,
  };
};

/** Plans of a mix: one to three actors, a start before anything, sometimes a stop in the middle. */
const planArbitrary = (profile: Profile, suite: string, mix: Mix): fc.Arbitrary<PlannedRun> => {
  const operation = operationOf(profile, mix);
  const operations = lengths.chain((maxLength) =>
    fc.array(operation, { minLength: 1, maxLength, size: 'max' }),
  );
  const lists = fc.array(operations, {
    minLength: 1,
    maxLength: mix === 'interleaved' ? 3 : 2,
    size: 'max',
  });
  return fc
    .tuple(lists, frameOf(profile))
    .map(([drawn, frame]) => runOf(profile, { suite, mix }, drawn, frame));
};

/** `count` plans of a chapter: the same seed gives the same plans. */
export const generatePlans = (
  profile: Profile,
  options: { suite: string; mix: Mix; seed: number; count: number },
): PlannedRun[] =>
  fc.sample(planArbitrary(profile, options.suite, options.mix), {
    seed: options.seed,
    numRuns: options.count,
  });
