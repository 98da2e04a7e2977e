/** Plans of updates that the provider accepts and the base map refuses. */
import type { Operation, Profile, Scenario } from '../../harness/index.ts';
import {
  balance,
  close,
  find,
  oneUser,
  programs,
  remove,
  smallCapacity,
  update,
  type Made,
} from '../state/element-plans.ts';

const inserts = (count: number): Operation[] =>
  Array.from({ length: count }, (_, key) => update(key, key));

/** A full map: one more key is refused, a held key is not. */
const fullMap = (profile: Profile): Made | null => {
  const entries = smallCapacity(profile);
  if (entries === null) return null;
  const begin: Operation[] = [{ op: 'start' }, { op: 'create', map: 0, max_entries: entries }];
  const middle = [
    ...inserts(entries),
    balance,
    update(entries, entries),
    balance,
    update(entries, entries + 1),
    balance,
  ];
  const rest = [find(0), update(0, entries), balance, find(0), find(1), close, balance];
  return { actors: [{ caller: 'user', process: 1, operations: [...begin, ...middle, ...rest] }] };
};

/** Refused for their option, and for want of room. */
export const baseRefusals: readonly Scenario[] = [
  {
    name: 'updates that the base map refuses',
    probes: [],
    plan: (profile) =>
      oneUser([
        update(0, 0),
        find(0),
        balance,
        update(1, 2, { option: 'EBPF_EXIST' }),
        balance,
        find(1),
        update(0, 1, { option: 'EBPF_NOEXIST' }),
        balance,
        find(0),
        update(0, 3, { option: 7 }),
        balance,
        find(0),
        update(0, 1, { option: 'EBPF_NOEXIST' }),
        balance,
        ...programs(profile, [
          update(0, 4, { option: 'EBPF_NOEXIST' }),
          update(3, 4, { option: 'EBPF_EXIST' }),
        ]),
        balance,
        find(0),
        remove(0),
        find(0),
        balance,
        close,
        balance,
      ]),
  },
  { name: 'a full map', probes: [], plan: fullMap },
];
