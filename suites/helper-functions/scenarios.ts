/** Hand-written plans that make the rules of helpers and of the context offset bite. */
import {
  sequential,
  type Conditions,
  type KeyRef,
  type Operation,
  type Profile,
  type Scenario,
} from '../../harness/index.ts';
import { alike, far, mayMakeKeys, number, roomFor } from '../lookup/alike.ts';

type HelperOperation = Extract<Operation, { op: 'helper' }>;

/** Native map types: a hash and an array of 4-byte keys and values. */
const nativeMap = (map: number, map_type: number): Operation => ({
  op: 'create',
  map,
  map_type,
  key_size: 4,
  value_size: 4,
  max_entries: 4,
});

const update = (map: number, key: number, value = key): Operation => ({
  op: 'update',
  map,
  key,
  value,
});

const canStore = (profile: Profile): boolean =>
  profile.accepted.length > 0 && profile.values !== 'none';

/** One plan per helper that takes a map; null when there is none, or nothing to call it on. */
const perHelper =
  (
    operations: (
      call: (map: HelperOperation['map'], more?: Partial<HelperOperation>) => Operation,
      profile: Profile,
    ) => Operation[],
    conditions: Conditions = {},
  ) =>
  (profile: Profile) => {
    if (!canStore(profile)) return null;
    const helpers = profile.helpers.filter((one) => one.arguments.includes('map'));
    return helpers.map(({ id }) => {
      const call = (
        map: HelperOperation['map'],
        more: Partial<HelperOperation> = {},
      ): Operation => ({
        op: 'helper',
        helper: id,
        map,
        key: 0,
        ...more,
      });
      const { actors } = sequential('', [
        { op: 'start' },
        ...operations(call, profile),
        { op: 'stop' },
      ]);
      return { actors, conditions };
    });
  };

const filled = (map: number): Operation[] => [
  { op: 'create', map },
  update(map, 0),
  update(map, 1),
];

/** A second map beside the first, where it can be had: the same keys, other values. */
const second = (profile: Profile): Operation[] =>
  profile.maxMaps === 1 ? [] : [{ op: 'create', map: 1 }, update(1, 0, 2), update(1, 1, 3)];

/** A map whose keys have another size than those of map 0; none where there is no such size. */
const ofOtherKeys = (profile: Profile): Extract<Operation, { op: 'create' }> | null => {
  const usual = profile.accepted[0]?.key;
  const isOther = ({ key }: { key: number }): boolean => key !== usual;
  const pair = profile.accepted.findLast(isOther);
  return pair && profile.maxMaps !== 1
    ? { op: 'create', map: 2, key_size: pair.key, value_size: pair.value }
    : null;
};

/** Small and odd ones, and what is negative or nothing in 32 bits. */
const offsets = [0, 8, 72, 0x1000, 0x1234_5678, 0x8000_0000, 0xffff_fff0, 0x2_0000_00b0];

const everyOffset = (profile: Profile) => {
  if (profile.accepted.length === 0) return null;
  return offsets.flatMap((map_context_offset) => {
    const conditions = { map_context_offset, passive_programs: true };
    const withHelpers = perHelper(
      (call) => [...filled(0), call(0), call(0, { key: 1 }), call('core')],
      conditions,
    )(profile);
    if (withHelpers?.length) return withHelpers;
    const { actors } = sequential('', [
      { op: 'start' },
      { op: 'create', map: 0 },
      ...(canStore(profile)
        ? [
            update(0, 0),
            { op: 'find', map: 0, key: 0 } as const,
            { op: 'delete', map: 0, key: 0 } as const,
          ]
        : []),
      { op: 'close', map: 0 },
      { op: 'stop' },
    ]);
    return [{ actors, conditions }];
  });
};

/** More entries than a small table has, and keys that differ in any one place. */
const manyKeys = (profile: Profile): KeyRef[] => {
  const count = 40;
  const indices = Array.from({ length: count }, (_, key) => key);
  const size = profile.accepted[0]?.key ?? 4;
  return mayMakeKeys(profile)
    ? [...new Set([...indices.map((index) => number(size, index)), ...alike(size), ...far(size)])]
    : indices;
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'a helper asks for keys that are alike',
    probes: ['HELP-006'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const all = manyKeys(profile);
      const max_entries = roomFor(profile, all.length);
      const keys = all.slice(0, max_entries);
      return perHelper(
        (call) => [
          { op: 'create', map: 0, max_entries },
          ...keys.map((key, value): Operation => ({ op: 'update', map: 0, key, value })),
          ...keys.map((key) => call(0, { key })),
          ...keys.slice(0, 4).map((key): Operation => ({ op: 'delete', map: 0, key })),
          ...keys.slice(-4).map((key) => call(0, { key })),
        ],
        { passive_programs: true },
      )(profile);
    },
  },
  {
    name: 'a helper on maps of its own',
    probes: ['HELP-003', 'HELP-008', 'CTX-005'],
    plan: perHelper(
      (call, profile) => [
        ...filled(0),
        call(0),
        call(0, { key: 1 }),
        ...second(profile),
        ...(profile.maxMaps === 1 ? [] : [call(1), call(0)]),
        call('core'),
      ],
      { passive_programs: true },
    ),
  },
  {
    name: 'a helper on maps whose keys differ in size',
    probes: ['HELP-003'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const other = ofOtherKeys(profile);
      const used = (map: number, value: number): Operation[] => [
        update(map, 0, value),
        update(map, 1, value + 1),
      ];
      return other
        ? perHelper(
            (call) => [
              ...filled(0),
              call(0),
              other,
              ...used(2, 2),
              ...[0, 1].flatMap((key) => [call(2, { key }), call(0, { key })]),
              { op: 'close', map: 0 },
              call(2),
              { op: 'create', map: 0 },
              ...used(0, 4),
              ...[0, 1].flatMap((key) => [call(0, { key }), call(2, { key })]),
            ],
            { passive_programs: true },
          )(profile)
        : null;
    },
  },
  {
    name: 'a helper on native maps',
    probes: ['HELP-004'],
    plan: perHelper((call) => [
      { op: 'create', map: 0 },
      call('core'),
      update(0, 0),
      call(0),
      call('core'),
      { op: 'delete', map: 0, key: 0 },
      call('core'),
    ]),
  },
  {
    name: "a helper on another extension's map",
    probes: ['HELP-005'],
    dialects: ['as-documented'],
    plan: perHelper(
      (call) => [...filled(0), call('foreign'), call(0), call('foreign', { key: 1 })],
      { probes_only: true },
    ),
  },
  {
    name: 'a helper asks for keys that are not there',
    probes: ['HELP-006'],
    plan: perHelper((call) => [
      { op: 'create', map: 0 },
      call(0),
      update(0, 0),
      call(0),
      call(0, { key: 1 }),
      { op: 'delete', map: 0, key: 0 },
      call(0),
      update(0, 1),
      call(0),
      call(0, { key: 1 }),
    ]),
  },
  {
    name: 'a helper asks for keys that are not there, and is told so in other codes',
    probes: ['HELP-006'],
    dialects: ['as-documented'],
    plan: perHelper(
      (call) => [
        { op: 'create', map: 0 },
        call(0),
        update(0, 0),
        call(0),
        call(0, { key: 1 }),
        { op: 'delete', map: 0, key: 0 },
        call(0),
      ],
      { switches: { findElementShippedCodes: true } },
    ),
  },
  {
    name: 'a helper between updates and deletes',
    probes: ['HELP-007'],
    plan: perHelper((call) => [
      ...filled(0),
      call(0),
      call(0),
      { op: 'drain' },
      update(0, 0, 2),
      call(0),
      { op: 'delete', map: 0, key: 0 },
      { op: 'drain' },
      call(0, { key: 1 }),
      { op: 'drain' },
      { op: 'close', map: 0 },
      { op: 'drain' },
    ]),
  },
  {
    name: 'a helper with destinations of every size',
    probes: ['HELP-009'],
    plan: (profile) => {
      const whole = profile.accepted[0]?.value ?? 4;
      const sizes = [...new Set([0, 1, 4, 64, whole - 1, whole + 1, 0x80, 0x100])];
      return sizes.flatMap(
        (size) =>
          perHelper((call) => [...filled(0), call(0, { size }), call(0, { key: 1, size })])(
            profile,
          ) ?? [],
      );
    },
  },
  {
    name: 'a helper before any client attached',
    probes: ['HELP-010'],
    dialects: ['as-documented'],
    plan: perHelper((call) => [call('unattached'), ...filled(0), call(0)], { probes_only: true }),
  },
  {
    name: 'a helper at DISPATCH_LEVEL',
    probes: ['HELP-011'],
    plan: perHelper((call) => [...filled(0), call(0), call(0, { key: 1 }), call(0)]),
  },
  {
    name: 'the map object of the runtime at any offset',
    probes: ['CTX-004'],
    dialects: ['as-documented'],
    plan: everyOffset,
  },
  {
    name: 'programs and clients of the runtime look at a map',
    probes: [],
    plan: (profile) => {
      if (!canStore(profile)) return null;
      const program = (key: number): Operation[] => [
        { op: 'update', map: 0, key, value: 2, caller: 'program' },
        { op: 'find', map: 0, key, caller: 'program' },
        { op: 'find', map: 0, key, caller: 'program', delete: true },
        { op: 'update', map: 0, key, value: 2, caller: 'program' },
        { op: 'delete', map: 0, key, caller: 'program' },
      ];
      return sequential('', [
        { op: 'start' },
        { op: 'create', map: 0 },
        update(0, 0),
        { op: 'find_element', map: 0, key: 0 },
        { op: 'find_element', map: 0, key: 3 },
        { op: 'map_context', map: 0 },
        ...program(1),
        ...program(0),
        nativeMap(5, 1),
        { op: 'map_context', map: 5 },
        nativeMap(6, 2),
        { op: 'map_context', map: 6 },
        { op: 'find_element', map: 0, key: 0 },
        ...(profile.maxMaps === 1
          ? []
          : [{ op: 'create', map: 1 } as const, { op: 'map_context', map: 1 } as const]),
        { op: 'stop' },
      ]);
    },
  },
];
