/** Plans of creations that come to nothing, for want of memory or because they are refused. */
import type { Operation, Scenario } from '../../harness/index.ts';
import { aside, life, outside, plan, preferred } from './creation-plans.ts';

/** Allocations of a creation that are made to fail one after the other. */
const failingAllocations = [1, 2, 3, 4];

/** What they leave behind, one of them or several. */
export const failedCreations: readonly Scenario[] = [
  {
    name: 'an allocation fails during creation',
    probes: ['CRE-009', 'CRE-010', 'CRE-011'],
    plan: (profile) =>
      failingAllocations.map((fail_allocation) =>
        plan(
          [...life(0, preferred(profile)), ...life(1), ...life(2), { op: 'balance' }],
          // As shipped (C-18): what a failed create left in *map_context is handed to
          // postprocess_map_delete.
          { fail_allocation, switches: { deleteAfterFailedCreate: true } },
        ),
      ),
  },
  {
    name: 'an allocation fails while other maps live',
    probes: ['CRE-010', 'EPOCH-006'],
    dialects: ['as-documented'],
    plan: (profile) => {
      const count = Math.min((profile.maxMaps ?? 5) - 1, 4);
      if (count < 1) return null;
      const maps = Array.from({ length: count }, (_, map) => map);
      const entries = (map: number): Operation[] => [
        { op: 'update', map, key: 0, value: map },
        { op: 'find', map, key: 0 },
      ];
      return plan([
        ...life(90),
        ...maps.flatMap((map): Operation[] => [{ op: 'create', map }, ...entries(map)]),
        ...failingAllocations.flatMap((fail_allocation, at): Operation[] => [
          ...life(10 + at, { fail_allocation }),
          { op: 'balance' },
        ]),
        ...maps.flatMap((map): Operation[] => [...entries(map), { op: 'close', map }]),
        { op: 'balance' },
        ...life(91),
      ]);
    },
  },
  {
    name: 'what a refused creation leaves is deleted',
    probes: ['CRE-009'],
    plan: (profile) =>
      plan(
        [
          ...outside(profile, 'keySizes').flatMap((key_size, map) =>
            life(map, { ...preferred(profile), key_size }),
          ),
          ...outside(profile, 'valueSizes').flatMap((value_size, map) =>
            life(20 + map, { ...preferred(profile), value_size }),
          ),
          ...(['key_size', 'value_size'] as const).flatMap((name, map) =>
            life(40 + map, { ...preferred(profile), [name]: 0 }),
          ),
          ...life(43, { ...preferred(profile), max_entries: 0xffff_ffff }),
          ...life(50),
        ],
        { switches: { deleteAfterFailedCreate: true } },
      ),
  },
  {
    name: 'one refused creation after another',
    probes: ['CRE-010'],
    plan: () =>
      plan([
        ...Array.from({ length: 6 }, (_, map) =>
          life(map, { key_size: 0xffff_ffff, value_size: 0xffff_ffff }),
        ).flat(),
        { op: 'balance' },
        ...life(20),
      ]),
  },
  {
    name: 'creations of no entries, one after another',
    probes: ['CRE-007', 'CRE-009', 'CRE-010'],
    plan: (profile) => [
      plan(
        [
          ...Array.from({ length: 6 }, (_, map) =>
            life(10 + map, { ...preferred(profile), value_size: 3, max_entries: 0 }),
          ).flat(),
          { op: 'balance' },
          ...life(20),
        ],
        aside,
      ),
      plan([...life(0, { ...preferred(profile), max_entries: 0 }), ...life(1)], {
        ...aside,
        switches: { deleteAfterFailedCreate: true },
      }),
    ],
  },
];
