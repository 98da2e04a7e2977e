/**
 * Generated plans and their shrinking: the only importer of fast-check. A plan is arrays of
 * operation records, so it is JSON, shrinks by leaving operations out, and repeats from its seed.
 */
import fc from 'fast-check';
import { PROGRAM_TYPES } from '../abi/guid.ts';
import type { Profile } from '../provider/profile.ts';
import type { Caller, ObservedProvider, Operation, Plan } from '../trace/plan.ts';
import { withoutChunks } from './chunks.ts';

/** A plan with the choices that decide between its actors. */
export type PlannedRun = { plan: Plan; choices: number[] };

/**
 * How often each kind of operation is drawn, by chapter; `element` covers all element operations.
 */
export type Mix = 'nmr' | 'lifetime' | 'elements' | 'interleaved';

const operationsMax = 12;
const mapSlots = 3;
const keys = 4;
const values = 6;

const slot = fc.nat(mapSlots - 1);
const key = fc.nat(keys - 1);
const value = fc.nat(values - 1);

const elementOperation = (profile: Profile): fc.Arbitrary<Operation> => {
  const caller: fc.Arbitrary<Caller> = profile.updatesOriginalValue
    ? fc.constant('user')
    : fc.constantFrom('user', 'user', 'program');
  const option = fc.constantFrom('EBPF_ANY', 'EBPF_ANY', 'EBPF_NOEXIST', 'EBPF_EXIST');
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant('update' as const),
        map: slot,
        key,
        value,
        option,
        caller,
      }) as fc.Arbitrary<Operation>,
    },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('find' as const), map: slot, key, caller }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant('delete' as const), map: slot, key, caller }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant('find' as const),
        map: slot,
        key,
        caller,
        delete: fc.constant(true),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant('next_key' as const),
        map: slot,
        key: fc.option(key, { nil: null }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant('associate' as const),
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
  { weight: 3, arbitrary: fc.record({ op: fc.constant('attach' as const), binding: slot }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('detach' as const), binding: slot }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('register_other' as const), other: slot }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('deregister_other' as const), other: slot }),
  },
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

const slotsAllowed = (profile: Profile, operations: Operation[]): Operation[] => {
  const max = profile.maxMaps ?? mapSlots;
  return operations.filter(
    (one) => !('map' in one) || typeof one.map !== 'number' || one.map < max,
  );
};

/** Plans of a mix: one to three actors, a start before anything, sometimes a stop in the middle. */
const planArbitrary = (profile: Profile, suite: string, mix: Mix): fc.Arbitrary<PlannedRun> => {
  const operations = fc.array(operationOf(profile, mix), {
    minLength: 1,
    maxLength: operationsMax,
    size: 'max',
  });
  const actors = fc.array(operations, {
    minLength: 1,
    maxLength: mix === 'interleaved' ? 3 : 2,
    size: 'max',
  });
  const end = fc.constantFrom<'none' | 'stop' | 'restart'>('none', 'none', 'stop', 'restart');
  return fc
    .record({ actors, end, choices: fc.array(fc.nat(5), { maxLength: 60, size: 'max' }) })
    .map(({ actors: lists, end: how, choices }) => {
      const first: Operation[] = [{ op: 'start' }, { op: 'create', map: 0 }];
      const last: Operation[] =
        how === 'none'
          ? []
          : how === 'stop' || profile.restartable === false
            ? [{ op: 'stop' }]
            : [{ op: 'stop' }, { op: 'start' }, { op: 'create', map: 0 }];
      return {
        plan: {
          name: `generated (${mix})`,
          suite,
          actors: lists.map((list, index) => ({
            caller: 'user' as const,
            process: 1,
            operations: slotsAllowed(profile, index === 0 ? [...first, ...list, ...last] : list),
          })),
        },
        choices,
      };
    });
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

/**
 * The run with only these of its operations, counted over all actors; the first actor stays
 * whatever is left of it.
 */
export const withOperations = (run: PlannedRun, kept: readonly number[]): PlannedRun => {
  let place = -1;
  const wanted = new Set(kept);
  const actors = run.plan.actors
    .map((actor) => ({
      ...actor,
      operations: actor.operations.filter(() => wanted.has((place += 1))),
    }))
    .filter((actor, index) => actor.operations.length > 0 || index === 0);
  return { ...run, plan: { ...run.plan, actors } };
};

/** What a shrink may cost. */
export type ShrinkBudget = { runsMax: number; milliseconds?: number };

/** Plans with more operations than this are made shorter by chunks first. */
const longPlan = 60;
/** Operations carried out for one shrink, whatever number of runs that is. */
const operationsShrunkMax = 30_000;

/**
 * The smallest run found that still fails: operations and choices are left out as long as `fails`
 * holds. The given run must fail.
 */
export const shrinkRun = async (
  run: PlannedRun,
  fails: (candidate: PlannedRun) => Promise<boolean>,
  budget: ShrinkBudget,
): Promise<PlannedRun> => {
  let smallest = run;
  let runs = 0;
  let operations = 0;
  const isSpent = (): boolean => runs >= budget.runsMax || operations >= operationsShrunkMax;
  const isSmaller = async (
    kept: readonly number[],
    choices: readonly number[],
  ): Promise<boolean> => {
    if (isSpent()) return false;
    runs += 1;
    operations += kept.length;
    const candidate = { ...withOperations(run, kept), choices: [...choices] };
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  const every = run.plan.actors.flatMap((actor) => actor.operations).map((_, place) => place);
  const all =
    every.length > longPlan
      ? await withoutChunks(
          every,
          (kept) => isSmaller(kept, run.choices),
          () => !isSpent(),
        )
      : every;
  const property = fc.asyncProperty(
    fc.subarray([...all], { minLength: 0 }),
    fc.array(fc.nat(255), { maxLength: Math.max(run.choices.length, 1) }),
    async (kept, choices) => !(await isSmaller(kept, choices)),
  );
  await fc.check(property, {
    numRuns: 1,
    examples: [[[...all], [...run.choices]]],
    ...(budget.milliseconds === undefined ? {} : { interruptAfterTimeLimit: budget.milliseconds }),
  });
  return smallest;
};

const answers = (...codes: string[]): fc.Arbitrary<string[]> =>
  fc.array(fc.constantFrom('EBPF_SUCCESS', 'EBPF_SUCCESS', ...codes), {
    minLength: 1,
    maxLength: 4,
  });

/** An observing provider that is right, whatever it answers and lacks. */
const observedProviders = (map_type: number): fc.Arbitrary<ObservedProvider> =>
  fc
    .record({
      transforms: fc.boolean(),
      delete: fc.constantFrom<'postprocess' | 'preprocess'>('postprocess', 'preprocess'),
      isLarger: fc.boolean(),
      lacks: fc.subarray(['postprocess_map_find_element', 'preprocess_map_update_element']),
      find: answers('EBPF_TIMEOUT'),
      update: answers('EBPF_STALE_ID'),
      pre_delete: answers('EBPF_BLOCKED_BY_POLICY'),
      pre_delete_always: answers('EBPF_CANCELED'),
      attach: fc.constantFrom<string[]>(
        ['STATUS_SUCCESS'],
        ['STATUS_SUCCESS'],
        ['STATUS_NOINTERFACE', 'STATUS_SUCCESS'],
      ),
      create: answers('EBPF_NO_MEMORY'),
    })
    .map(({ isLarger, lacks, transforms, ...rest }) => ({
      map_type,
      ...rest,
      transforms,
      ...(transforms ? (isLarger ? { actual: 12 } : {}) : { absent: lacks }),
    }));

const runtimeOperation = (map_type: number): fc.Arbitrary<Operation> => {
  const caller = fc.constantFrom<Caller>('user', 'user', 'program');
  const option = fc.constantFrom('EBPF_ANY', 'EBPF_NOEXIST', 'EBPF_EXIST');
  const provider = fc.nat(1);
  const map = slot;
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constant('update' as const),
        map,
        key,
        value,
        option,
        caller,
      }) as fc.Arbitrary<Operation>,
    },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('find' as const), map, key, caller }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('delete' as const), map, key, caller }) },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant('find' as const),
        map,
        key,
        caller,
        delete: fc.constant(true),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('next_key' as const), map, key: fc.constant(null) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('create' as const),
        map,
        map_type: fc.constant(map_type),
        key_size: fc.constant(4),
        value_size: fc.constantFrom(4, 8),
        max_entries: fc.constantFrom(1, 3),
      }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('close' as const), map }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('hold' as const), map }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('deregister' as const), provider }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('await_deregistration' as const), provider }),
    },
  );
};

/** Operation lists for a runtime under test: one or two providers, then anything in any order. */
export const generateRuntimeOperations = (
  map_type: number,
  options: { seed: number; count: number },
): Operation[][] => {
  const plan = fc
    .tuple(
      fc.array(observedProviders(map_type), { minLength: 1, maxLength: 2 }),
      fc.array(runtimeOperation(map_type), { minLength: 4, maxLength: 24, size: 'max' }),
    )
    .map(([providers, operations]): Operation[] => [
      ...providers.map((as, provider): Operation => ({ op: 'register', provider, as })),
      { op: 'create', map: 0, map_type, key_size: 4, value_size: 4, max_entries: 3 },
      ...operations,
    ]);
  return fc.sample(plan, { seed: options.seed, numRuns: options.count });
};
