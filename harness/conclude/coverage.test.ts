/** What is counted of a trace, and in which setting a plan is. */
import { describe, expect, it } from 'vitest';
import type { Happening, TraceEvent } from '../trace/event.ts';
import { sequential, type Conditions, type Operation } from '../trace/plan.ts';
import { settingOf } from '../trace/setting.ts';
import { COVERED, type Covered } from '../trace/covered.ts';
import { Coverage, joinCovered } from './coverage.ts';

const counted = (...happenings: object[]): Partial<Covered> => {
  const coverage = new Coverage();
  const trace = happenings.map((one, seq) => ({ seq, actor: 0, ...(one as Happening) }));
  coverage.add(trace as TraceEvent[], 'as-shipped-or-documented');
  return Object.fromEntries(
    Object.entries(coverage.counts).filter(([name, count]) => count > 0 && name !== 'ordinaryRuns'),
  );
};

const update = 'preprocess_map_update_element';
const entered = (rest: object): object => ({
  kind: 'callback-entered',
  callback: update,
  direct: false,
  irql: 0,
  flags: 0,
  ...rest,
});
const returned = (callback: string, result: string | null): object => ({
  kind: 'callback-returned',
  callback,
  result,
});
const detaching = (binding: string): object => ({
  kind: 'binding-state',
  binding,
  state: 'detaching',
});

describe('coverage of a trace', () => {
  it.each<[string, object[], Partial<Covered>]>([
    ['an update', [returned(update, 'EBPF_SUCCESS')], { update: 1 }],
    ['one that was refused', [returned(update, 'EBPF_NO_MEMORY')], { updateRefused: 1 }],
    [
      'a delete without a result',
      [returned('postprocess_map_delete_element', null)],
      { delete: 1 },
    ],
    [
      'a detach that is pending',
      [returned('ProviderDetachClient', 'STATUS_PENDING')],
      { detach: 1 },
    ],
    ['a call that was lost', [entered({})], { userCallers: 1 }],
    ['a program', [entered({ flags: 1, irql: 2 })], { programCallers: 1, atDispatch: 1 }],
    [
      'clean-up of an entry and of a map without a process, and with one',
      [
        entered({ callback: 'postprocess_map_delete_element', flags: 4, process: 0 }),
        entered({ callback: 'postprocess_map_delete', process: 0 }),
        entered({ callback: 'postprocess_map_delete', process: 1 }),
      ],
      { cleanedByNobody: 2, userCallers: 1 },
    ],
    ['a direct call', [entered({ direct: true })], { directCalls: 1, userCallers: 1 }],
    [
      'a detach before the end of its map, and one after',
      [
        { kind: 'map-created', map: 'map#1', binding: 'binding#1' },
        { kind: 'map-created', map: 'map#2', binding: 'binding#2' },
        { kind: 'map-gone', map: 'map#1' },
        detaching('binding#1'),
        detaching('binding#2'),
      ],
      { detachFirst: 1 },
    ],
    [
      'a second start',
      [
        { kind: 'module', what: 'started' },
        { kind: 'module', what: 'started' },
      ],
      { restarts: 1 },
    ],
    [
      'a registration of its own that was refused',
      [
        { kind: 'registered', inert: false, status: 'STATUS_INSUFFICIENT_RESOURCES' },
        { kind: 'registered', inert: true, status: 'STATUS_INVALID_PARAMETER' },
      ],
      { registrationsRefused: 1 },
    ],
    [
      'a helper, and one that did not fit',
      [
        { kind: 'operation-ended', operation: { op: 'helper' } },
        { kind: 'operation-ended', operation: { op: 'helper' }, skipped: true },
      ],
      { helpers: 1 },
    ],
  ])('%s', (_, trace, expected) => {
    expect(counted(...trace)).toEqual(expected);
  });

  it('is summed over shards', () => {
    const coverage = new Coverage();
    coverage.add([], 'robustness');
    const joined = joinCovered([coverage.counts, coverage.counts]);
    expect(joined.robustnessRuns).toBe(2);
    expect(Object.keys(joined)).toEqual([...COVERED]);
  });
});

describe('the setting of a plan', () => {
  const ordinary: Conditions[] = [
    {},
    { always_pending: true, map_context_offset: 200, fresh_load: true },
    { early_client: 'map', passive_programs: true, garbage: false },
  ];
  const injected: Conditions[] = [
    { fail_allocation: 1 },
    { fail_registration: 1 },
    { fail_start_allocation: 1 },
    { fail_start_reference: 1 },
    { fail_deregistration: 1 },
    { fail_wait: 1 },
    { garbage: true },
    { misaligned: true },
    { appended: 8 },
    { find_fill: 0x55 },
  ];
  it.each(ordinary)('of conditions %j is ordinary', (conditions) => {
    expect(settingOf(sequential('', [], { conditions }))).toBe('as-shipped-or-documented');
  });
  it.each(injected)('of conditions %j is robustness', (conditions) => {
    expect(settingOf(sequential('', [], { conditions }))).toBe('robustness');
  });
  it.each<[Operation, string]>([
    [{ op: 'create', map: 0 }, 'as-shipped-or-documented'],
    [{ op: 'attach', binding: 0 }, 'as-shipped-or-documented'],
    [{ op: 'attach', binding: 0, client: { table_size: 8 } }, 'robustness'],
    [{ op: 'create', map: 0, fail_allocation: 1 }, 'robustness'],
    [{ op: 'call', map: 0, callback: update }, 'robustness'],
  ])('of %j is %s', (operation, setting) => {
    expect(settingOf(sequential('', [operation]))).toBe(setting);
  });
});
