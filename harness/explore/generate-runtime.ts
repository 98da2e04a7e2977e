/**
 * Generated plans for a runtime under test: right providers that refuse now and then, maps,
 * elements, in any order.
 */
import { BPF_MAP_TYPE_SAMPLE_HASH_MAP, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../abi/map-types.ts';
import {
  sequential,
  type Caller,
  type ObservedProvider,
  type Operation,
  type Plan,
} from '../trace/plan.ts';
import { fc } from './drawing.ts';

const mapSlots = 3;
const keys = 4;
const values = 6;

const slot = fc.nat(mapSlots - 1);
const key = fc.nat(keys - 1);
const value = fc.nat(values - 1);

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
const generateRuntimeOperations = (
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

/** The same seed gives the same plans. */
export const generateRuntimePlans = (
  revision: 'merged' | 'draft',
  options: { seed: number; count: number; from?: number },
): (Plan & { suite: string; generated: true })[] => {
  const own = revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;
  if (options.count === 0) return [];
  return generateRuntimeOperations(own, options).map((operations, index) => ({
    ...sequential(`generated for a runtime (${(options.from ?? 0) + index + 1})`, operations),
    suite: 'concurrency',
    probes: [],
    generated: true as const,
  }));
};
