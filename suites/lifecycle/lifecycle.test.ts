/** The lifecycle chapter on right, wrong and literal runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { traceOf, verdictsBy } from '../chapter-proof.ts';
import {
  begun,
  bindingState,
  ended,
  entered,
  gone,
  mapDelete,
  started,
} from '../literal-events.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash]);

const verdictOf = verdictsBy(chapter);

const hold = { op: 'hold', map: 0 };
const close = { op: 'close', map: 0 };
const find = { op: 'find', map: 0, key: 0 };
const does = (op: number, operation: object, result = 'OK') => [
  started(op, operation),
  ended(op, operation, result, { map: 'map#1' }),
];
const update = does(2, { op: 'update', map: 0, key: 0, value: 0 }, 'EBPF_SUCCESS');
const cleanup = (call: number, key: string) =>
  entered(call, 'postprocess_map_delete_element', 0, { key, flags: 4 });

describe('rules of runtimes', () => {
  test('LIFE-001 one map delete, after one delete per entry', () => {
    const whole = [...begun, ...update, ...does(3, close), cleanup(80, '00'), ...mapDelete, gone];
    expect(verdictOf('LIFE-001', traceOf(...whole))).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('LIFE-001', traceOf(...begun)).saw).toEqual(['none for map#1']);
    const without = [...begun, ...update, ...does(3, close), ...mapDelete];
    expect(verdictOf('LIFE-001', traceOf(...without)).saw).toEqual([
      '0 such calls for 0 keys of map#1',
    ]);
    const late = [...whole, entered(95, 'postprocess_map_find_element', 9)];
    expect(verdictOf('LIFE-001', traceOf(...late)).saw[0]).toContain('came after it');
    expect(verdictOf('LIFE-001', traceOf(...whole, ...mapDelete)).saw[0]).toContain(
      'call 2 for map#1',
    );
  });

  test('LIFE-007 no end while a reference is left', () => {
    const right = [...begun, ...does(2, hold), ...does(3, close), ...does(4, close), ...mapDelete];
    expect(verdictOf('LIFE-007', traceOf(...right)).saw).toEqual([]);
    expect(verdictOf('LIFE-007', traceOf(...right)).exercised).toBe(2);
    const early = [
      ...begun,
      ...does(2, hold),
      ...does(3, close),
      ...mapDelete,
      ...does(4, find, 'EBPF_SUCCESS'),
    ];
    expect(verdictOf('LIFE-007', traceOf(...early)).saw[0]).toContain('1 reference(s) left');
  });

  test('LIFE-008 the same contexts in every callback', () => {
    expect(verdictOf('LIFE-008', traceOf(...begun, ...mapDelete))).toEqual({
      exercised: 1,
      saw: [],
    });
    const strange = entered(2, 'postprocess_map_delete', 0, { context: 'context#2' });
    expect(verdictOf('LIFE-008', traceOf(...begun, strange)).saw).toEqual([
      'it was called with context#2 of binding#1',
    ]);
  });

  test('LIFE-010 one detach and one cleanup after the map', () => {
    const detach = entered(91, 'ProviderDetachClient', 0);
    const clean = entered(92, 'ProviderCleanupBindingContext', 0);
    const whole = [...begun, ...mapDelete, gone, detach, bindingState('detached'), clean];
    expect(verdictOf('LIFE-010', traceOf(...whole))).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('LIFE-010', traceOf(...begun, ...mapDelete, detach)).saw).toEqual([
      '1 and 0 for that of map#1',
    ]);
    expect(verdictOf('LIFE-010', traceOf(...begun, detach, ...mapDelete, clean)).saw).toEqual([
      'ProviderDetachClient came first for map#1',
    ]);
  });

  test('PIN-001 calls nobody for a pin', () => {
    expect(verdictOf('PIN-001', traceOf(...begun, ...does(2, hold), ...does(3, close)))).toEqual({
      exercised: 2,
      saw: [],
    });
    const [begins, ends] = does(2, hold) as [object, object];
    const told = [
      ...begun,
      begins,
      entered(2, 'preprocess_associate_program_type', 2),
      ends,
    ] as typeof begun;
    expect(verdictOf('PIN-001', traceOf(...told)).saw).toEqual([
      'preprocess_associate_program_type for map#1',
    ]);
  });

  test('PIN-002 keeps a pinned map usable, and ends it', () => {
    const pinned = [...begun, ...does(2, hold), ...does(3, close)];
    const used = [
      ...pinned,
      ...does(4, find, 'EBPF_SUCCESS'),
      ...does(5, close),
      ...mapDelete,
      gone,
    ];
    expect(verdictOf('PIN-002', traceOf(...used))).toEqual({ exercised: 2, saw: [] });
    const lost = [...pinned, started(4, find), ended(4, find, 'NO_SUCH_MAP', { skipped: true })];
    expect(verdictOf('PIN-002', traceOf(...lost)).saw[0]).toContain('found no map');
    expect(verdictOf('PIN-002', traceOf(...pinned)).saw).toEqual([
      'it was still there at the end of the run',
    ]);
  });
});
