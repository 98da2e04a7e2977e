/** Plans of updates that the provider refuses: of invalid values, and of values cut short. */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  balance,
  directly,
  find,
  oneUser,
  programs,
  update,
  type Made,
} from '../state/element-plans.ts';

const invalidIn = (map: number, key: number, invalid: number): Operation => ({
  op: 'update',
  map,
  key,
  value: { invalid },
});

/** Values refused: those known to be invalid, and values cut short. */
const refusals = (profile: Profile): Made[] => {
  const direct = directly(profile);
  const short = Math.max((profile.accepted[0]?.value ?? 1) - 1, 0);
  const invalid = profile.invalidValues.map((_, index) => index).slice(0, 4);
  return [
    ...(invalid.length
      ? [
          oneUser([
            update(0, 0),
            balance,
            ...[0, 1].flatMap((key) =>
              invalid.flatMap((index): Operation[] => [
                invalidIn(0, key, index),
                balance,
                find(key),
              ]),
            ),
            ...programs(profile, [
              update(5, 1),
              ...invalid.flatMap((index) => [invalidIn(0, 5, index), invalidIn(0, 6, index)]),
              find(5),
              find(6),
            ]),
            balance,
            {
              op: 'batch_update',
              map: 0,
              entries: [
                { key: 2, value: 1 },
                { key: 3, value: { invalid: 0 } },
                { key: 4, value: 2 },
              ],
            },
            balance,
            ...(profile.maxMaps === 1
              ? []
              : [
                  { op: 'create' as const, map: 1 },
                  ...invalid.map((index) => invalidIn(1, 0, index)),
                  { op: 'update' as const, map: 1, key: 0, value: 3 },
                  ...invalid.map((index) => invalidIn(1, 0, index)),
                  balance,
                ]),
          ]),
        ]
      : []),
    // A loss by a value cut short is SIZE-004's; what is refused leaves nothing behind all the
    // same.
    ...[short, 0].map((value_size) =>
      oneUser(
        [
          ...direct.update('a', 0, { value_size }),
          balance,
          ...direct.remove('a', { flags: 2 }),
          update(1, 1),
          find(1),
          balance,
        ],
        { conditions: { probes_only: true }, probes: ['SIZE-004', 'CRUD-UPD-008'] },
      ),
    ),
  ];
};

/** In maps of their own and beside each other, one by one and in a batch. */
export const providerRefusals: readonly Scenario[] = [
  { name: 'updates that the provider refuses', probes: [], plan: refusals },
];
