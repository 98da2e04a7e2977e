/**
 * Hand-written plans for the concurrency rules. Most are walked through every order of their
 * phases.
 */
import type { Actor, Operation, Profile, Scenario } from '../../harness/index.ts';

type ExhaustiveSearch = NonNullable<Scenario['exhaustive']>;

const update = (map: number, key: number, value: number): Operation => ({
  op: 'update',
  map,
  key,
  value,
});
const remove = (map: number, key: number): Operation => ({ op: 'delete', map, key });
const find = (map: number, key: number): Operation => ({ op: 'find', map, key });
const create = (map: number): Operation => ({ op: 'create', map });
const close = (map: number): Operation => ({ op: 'close', map });

const user = (operations: Operation[]): Actor => ({ caller: 'user', process: 1, operations });

/**
 * Each kind of operation once without company: what goes wrong here is no matter of concurrency.
 */
const control: Operation[] = [update(0, 3, 5), update(0, 3, 4), find(0, 3), remove(0, 3)];

/**
 * Values that replace others without company, each then replaced itself, beside one more value than
 * company will find: what is refused in company is known to be taken without, and room to be there.
 */
const replacedAlone = (...entries: [key: number, value: number, last: number][]): Operation[] => [
  update(0, 2, 4),
  ...entries.map(([key, , last]) => update(0, key, last)),
  ...entries.flatMap(([key, value, last]) => [update(0, key, value), update(0, key, last)]),
  remove(0, 2),
];

const canStore = (profile: Profile): boolean =>
  profile.accepted.length > 0 && profile.values !== 'none';

/** Several maps at the same time are to be had. */
const hasRoom = (profile: Profile, maps: number): boolean =>
  profile.maxMaps === null || profile.maxMaps >= maps;

type Needs = { find?: true; change?: true; deletes?: true; maps?: number };

const meets = (profile: Profile, needs: Needs): boolean =>
  canStore(profile) &&
  (!needs.find || profile.hasFind) &&
  (!needs.change || profile.hasUpdate || profile.deleteStyle !== 'none') &&
  (!needs.deletes || (profile.hasUpdate && profile.deleteStyle !== 'none')) &&
  hasRoom(profile, needs.maps ?? 1);

/** Every order of the phases of some actors, after a common beginning by the first. */
const everyOrder = (
  name: string,
  probes: string[],
  needs: Needs,
  parts: { first?: Operation[]; actors: Operation[][] },
  search: Partial<ExhaustiveSearch> & Pick<Scenario, 'deep' | 'dialects'> = {},
): Scenario => {
  const maps = Array.from({ length: needs.maps ?? 1 }, (_, map) => create(map));
  const setup: Operation[] = [{ op: 'start' }, ...maps, ...control, ...(parts.first ?? [])];
  const { deep, dialects = ['as-documented'], ...bounds } = search;
  const [own = [], ...others] = parts.actors;
  return {
    name,
    probes,
    dialects,
    ...(deep ? { deep } : {}),
    exhaustive: { schedulesMax: 500, ...bounds, setup: setup.length },
    plan: (profile) =>
      meets(profile, needs) ? { actors: [user([...setup, ...own]), ...others.map(user)] } : null,
  };
};

/** Picks that change actors often and in no simple rhythm. */
const picks = (count: number, step: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * step + (i >> 2)) % 7);

const manyMaps = (profile: Profile) => {
  const maps = Math.min(8, (profile.maxMaps ?? 9) - 1);
  if (profile.accepted.length === 0 || maps < 2) return null;
  const life = (map: number): Operation[] => [
    create(map),
    ...(canStore(profile) ? [update(map, 0, map % 6)] : []),
    close(map),
  ];
  const each = canStore(profile) ? Array.from({ length: 6 }, (_, value) => value) : [];
  const alone: Operation[] = [
    { op: 'start' },
    create(8),
    ...each.flatMap((value) => [update(8, 0, value), remove(8, 0)]),
    close(8),
    { op: 'drain' },
  ];
  const actors = Array.from({ length: Math.min(maps, 4) }, (_, actor) =>
    user([...(actor === 0 ? alone : []), ...life(actor), ...(maps >= 8 ? life(actor + 4) : [])]),
  );
  // The first actor gets through its beginning alone: four steps an operation and some of the
  // runtime's own.
  const beginning = Array.from({ length: 12 + 8 * each.length }, () => 0);
  return [3, 5, 11].map((step) => ({ actors, choices: [...beginning, ...picks(120, step)] }));
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'two maps come beside each other',
    probes: ['CONC-005'],
    dialects: ['as-documented'],
    exhaustive: { schedulesMax: 200, setup: 4 },
    plan: (profile) =>
      profile.accepted.length > 0 && hasRoom(profile, 2)
        ? {
            actors: [
              user([{ op: 'start' }, create(5), close(5), { op: 'drain' }, create(0)]),
              user([create(1)]),
            ],
          }
        : null,
  },
  {
    name: 'a map comes while another goes',
    probes: ['CONC-005'],
    dialects: ['as-documented'],
    exhaustive: { schedulesMax: 200, setup: 6 },
    plan: (profile) =>
      profile.accepted.length > 0 && hasRoom(profile, 2)
        ? {
            actors: [
              user([
                { op: 'start' },
                create(5),
                close(5),
                { op: 'drain' },
                create(0),
                { op: 'drain' },
                close(0),
              ]),
              user([create(1)]),
            ],
          }
        : null,
  },
  { name: 'eight maps live and end beside each other', probes: ['CONC-005'], plan: manyMaps },
  everyOrder(
    'two updates of one key',
    ['CONC-002'],
    { change: true },
    {
      first: replacedAlone([0, 0, 2], [0, 1, 2]),
      actors: [[update(0, 0, 0)], [update(0, 0, 1)]],
    },
  ),
  everyOrder(
    'two updates of one key, one looked up',
    ['CONC-002'],
    { change: true, find: true },
    {
      first: [update(0, 0, 2)],
      actors: [[update(0, 0, 0), find(0, 0)], [update(0, 0, 1)]],
    },
    { deduplicate: true },
  ),
  everyOrder(
    'an update beside a delete',
    ['CONC-002'],
    { change: true },
    {
      first: [update(0, 0, 2)],
      actors: [[update(0, 0, 0), find(0, 0)], [remove(0, 0)]],
    },
    { deduplicate: true },
  ),
  everyOrder(
    'an insert beside a delete of the same key in another map',
    ['CONC-004', 'CONC-001'],
    { change: true, find: true, maps: 2 },
    {
      first: [update(1, 0, 2)],
      actors: [[update(0, 0, 0), find(0, 0)], [remove(1, 0)]],
    },
    { deduplicate: true },
  ),
  everyOrder(
    'a lookup beside an update',
    ['CONC-006'],
    { find: true },
    {
      first: [update(0, 0, 2)],
      actors: [[update(0, 0, 0)], [find(0, 0)]],
    },
  ),
  everyOrder(
    'a lookup beside a delete',
    ['CONC-006'],
    { find: true },
    {
      first: [update(0, 0, 2)],
      actors: [[remove(0, 0)], [find(0, 0)]],
    },
  ),
  everyOrder(
    'updates of two keys',
    ['CONC-004', 'CONC-001'],
    { change: true },
    {
      first: replacedAlone([0, 0, 2], [1, 1, 3]),
      actors: [[update(0, 0, 0)], [update(0, 1, 1)]],
    },
    { deduplicate: true },
  ),
  everyOrder(
    'updates of one key in two maps, one looked up',
    ['CONC-004', 'CONC-001'],
    { change: true, maps: 2 },
    {
      first: [update(0, 0, 2), update(1, 0, 3)],
      actors: [[update(0, 0, 0), find(0, 0)], [update(1, 0, 1)]],
    },
    { deduplicate: true },
  ),
  everyOrder(
    'a delete beside an update of another key',
    ['CONC-007'],
    { deletes: true },
    {
      first: [update(0, 0, 2), update(0, 1, 3)],
      actors: [[update(0, 0, 0), find(0, 0)], [remove(0, 1)]],
    },
    { dialects: ['as-documented', 'as-shipped'], deduplicate: true },
  ),
  everyOrder(
    'two updates and a delete, two updates and a lookup',
    ['CONC-001', 'CONC-002'],
    { change: true, find: true },
    {
      actors: [
        [update(0, 0, 0), remove(0, 0)],
        [update(0, 0, 1), find(0, 0)],
      ],
    },
    { deep: true, schedulesMax: 13_000 },
  ),
  everyOrder(
    'two updates each, on one key',
    ['CONC-001', 'CONC-002'],
    { change: true },
    {
      actors: [
        [update(0, 0, 0), update(0, 0, 2)],
        [update(0, 0, 1), update(0, 0, 3)],
      ],
    },
    { deep: true, schedulesMax: 13_000, deduplicate: true },
  ),
];
