/** Plans that make the rules of flags and sizes bite. */
import {
  type DirectCall,
  type Operation,
  type Profile,
  type Scenario,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
} from '../../harness/index.ts';
import {
  anyValue,
  balance,
  close,
  directly,
  find,
  oneUser,
  programs,
  remove,
  update,
  withValues,
  type Made,
} from '../state/element-plans.ts';

const unknownBit = 0x8000_0000;

/** Each callback without and with a bit that nobody defined. */
const unknownBits = (profile: Profile): Made => {
  const direct = directly(profile);
  const operations = [
    ...direct.update('a', 0),
    ...direct.update('b', 1),
    balance,
    ...direct.find('a'),
    ...direct.find('a', { flags: unknownBit }),
    ...direct.remove('a', { flags: UPDATE }),
    balance,
    ...direct.remove('b', { flags: UPDATE + unknownBit }),
    balance,
    ...direct.update('c', 2),
    ...direct.remove('c', { flags: CLEANUP }),
    ...direct.update('d', 2, { flags: unknownBit }),
    balance,
    ...direct.remove('d', { flags: CLEANUP + unknownBit }),
    balance,
    ...anyValue(profile, 'find', {}),
    ...anyValue(profile, 'find', { flags: unknownBit }),
    ...anyValue(profile, 'delete', { flags: UPDATE }),
    ...anyValue(profile, 'delete', { flags: UPDATE + unknownBit }),
  ];
  return oneUser(operations, { conditions: { probes_only: true } });
};

/** Smaller buffers than agreed, each in a run of its own. */
const smallSizes = (profile: Profile): Made[] => {
  const conditions = { probes_only: true } as const;
  const direct = directly(profile);
  const { value = 4, actual = 4 } = profile.accepted[0] ?? {};
  const finds: Partial<DirectCall>[] = [
    { value_size: 0 },
    ...(actual > 1 ? [{ value_size: actual - 1 }] : []),
    ...(profile.updatesOriginalValue && value > 1 ? [{ out_size: value - 1 }] : []),
  ];
  const updates: Partial<DirectCall>[] = [
    { value_size: 0 },
    ...(value > 1 ? [{ value_size: value - 1 }] : []),
    ...(profile.updatesOriginalValue && actual > 1 ? [{ out_size: actual - 1 }] : []),
  ];
  const around = (probe: Operation[]): Operation[] => [
    update(0, 1),
    find(0),
    remove(0),
    ...direct.update('a', 0),
    ...probe,
    ...direct.remove('a', { flags: UPDATE }),
    balance,
  ];
  return [
    ...finds.map((sizes) =>
      oneUser(around([...direct.find('a', sizes), ...anyValue(profile, 'find', sizes)]), {
        conditions,
      }),
    ),
    ...(profile.hasUpdate
      ? updates.map((sizes) =>
          oneUser(
            around([
              ...direct.update('b', 1, sizes),
              ...('out_size' in sizes ? [] : direct.remove('b', { flags: UPDATE })),
            ]),
            { conditions },
          ),
        )
      : []),
  ];
};

const plans: readonly Scenario[] = [
  {
    name: 'flags of every operation, by users and by programs',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        find(0),
        update(0, 1),
        update(0, 2, { option: 'EBPF_NOEXIST' }),
        find(0, { delete: true }),
        update(1, 3),
        remove(1),
        ...programs(profile, [
          update(0, 0),
          find(0),
          update(0, 1),
          update(0, 2, { option: 'EBPF_NOEXIST' }),
          find(0, { delete: true }),
          update(1, 3),
          remove(1),
        ]),
        update(2, 4),
        close,
        balance,
      ]),
  },
  {
    name: 'a bit that nobody defined',
    probes: ['FLAG-006'],
    plan: unknownBits,
    dialects: ['as-documented'],
  },
  {
    name: 'buffers smaller than agreed',
    probes: ['SIZE-004'],
    plan: smallSizes,
    dialects: ['as-documented'],
  },
  {
    name: 'lengths that do not fit the map',
    probes: [],
    plan: (profile) => {
      const { key = 4, value = 4 } = profile.accepted[0] ?? {};
      return oneUser([
        update(0, 0),
        find(0),
        find(0, { key_size: key - 1 }),
        find(0, { key_size: key + 1 }),
        ...(value > 1 ? [find(0, { buffer: value - 1 })] : []),
        find(0),
        remove(0),
        balance,
      ]);
    },
    dialects: ['as-documented'],
  },
];

export const scenarios: readonly Scenario[] = plans.map(withValues);
