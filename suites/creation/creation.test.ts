/** The creation chapter on right, wrong and literal runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { traceOf, verdictsBy } from '../chapter-proof.ts';
import {
  begun,
  create,
  ended,
  entered,
  facts,
  mapCreated,
  registered,
  returned,
  started,
} from '../literal-events.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash]);

const verdictOf = verdictsBy(chapter);

describe('rules of runtimes', () => {
  test('CRE-001 one create per map, after the attach', () => {
    expect(verdictOf('CRE-001', traceOf(...begun))).toEqual({ exercised: 1, saw: [] });
    const again = [...begun, entered(2, 'preprocess_map_create', 1)];
    expect(verdictOf('CRE-001', traceOf(...again)).saw).toEqual(['it was called again for map#1']);
    const unbound = [registered, entered(1, 'preprocess_map_create', 1)];
    expect(verdictOf('CRE-001', traceOf(...unbound)).saw[0]).toContain(
      'before binding#1 was attached',
    );
    const late = [registered, entered(1, 'postprocess_map_find_element', 1)];
    expect(verdictOf('CRE-001', traceOf(...late)).saw[0]).toContain('came first for map#1');
  });

  test('CRE-002 passes what the caller declared', () => {
    const asked = { ...create, max_entries: 7 };
    const call = (max_entries: number) =>
      traceOf(
        registered,
        started(1, asked),
        entered(1, 'preprocess_map_create', 1, { max_entries, map_type: 15 }),
      );
    expect(verdictOf('CRE-002', call(7))).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('CRE-002', call(8)).saw).toEqual(['preprocess_map_create was given 8']);
  });

  test('CRE-014 refuses an incomplete provider that transforms', () => {
    const table = { ...facts.data.base_provider_table, members: ['postprocess_map_find_element'] };
    const incomplete = {
      ...registered,
      facts: { ...facts, data: { ...facts.data, base_provider_table: table } },
    };
    const failed = traceOf(
      incomplete,
      started(1, create),
      ended(1, create, 'EBPF_INVALID_ARGUMENT'),
    );
    expect(verdictOf('CRE-014', failed)).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('CRE-014', traceOf(incomplete, mapCreated)).saw[0]).toContain(
      'without preprocess_map_update_element',
    );
  });

  test('CRE-015 refuses an actual_value_size of zero', () => {
    const zero = [
      registered,
      entered(1, 'preprocess_map_create', 1, { create_value_size: 4 }),
      returned(1, 'preprocess_map_create', 'EBPF_SUCCESS', { actual_value_size: 0 }),
    ];
    expect(verdictOf('CRE-015', traceOf(...zero))).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('CRE-015', traceOf(...zero, mapCreated)).saw[0]).toContain(
      '*actual_value_size 0',
    );
  });

  test('CRE-016 deletes once what a failing creation had made', () => {
    const failed = [...begun.filter((one) => one.kind !== 'map-created').slice(0, -1)];
    const end = ended(1, create, 'EBPF_NO_MEMORY');
    const mapDelete = entered(2, 'postprocess_map_delete', 1);
    expect(verdictOf('CRE-016', traceOf(...failed, mapDelete, end))).toEqual({
      exercised: 1,
      saw: [],
    });
    expect(verdictOf('CRE-016', traceOf(...failed, end)).saw).toEqual(['0 calls for map#1']);
    expect(
      verdictOf('CRE-016', traceOf(...failed, mapDelete, { ...mapDelete, call: 3 }, end)).saw,
    ).toEqual(['2 calls for map#1']);
  });

  test('CRE-017 reports a refused creation', () => {
    const refused = [
      registered,
      started(1, create),
      entered(1, 'preprocess_map_create', 1),
      returned(1, 'preprocess_map_create', 'EBPF_FAILED'),
    ];
    expect(verdictOf('CRE-017', traceOf(...refused, ended(1, create, 'EBPF_FAILED')))).toEqual({
      exercised: 1,
      saw: [],
    });
    expect(
      verdictOf('CRE-017', traceOf(...refused, ended(1, create, 'EBPF_SUCCESS'))).saw,
    ).toHaveLength(1);
  });

  test('CRE-018 supports larger values and shows the declared size', () => {
    const info = { op: 'info', map: 0 };
    const shows = (value_size: number) =>
      traceOf(...begun, ended(2, info, 'EBPF_SUCCESS', { map: 'map#1', out: { value_size } }));
    expect(verdictOf('CRE-018', shows(4))).toEqual({ exercised: 2, saw: [] });
    expect(verdictOf('CRE-018', shows(8)).saw).toEqual(['it shows 8']);
    const failed = [...begun.slice(0, -2), ended(1, create, 'EBPF_INVALID_ARGUMENT')];
    expect(verdictOf('CRE-018', traceOf(...failed)).saw[0]).toContain('EBPF_INVALID_ARGUMENT');
  });

  test('CRE-020 refuses one entry too many', () => {
    const update = (op: number, key: number, result: string) => [
      started(op, { op: 'update', map: 0, key, value: 0 }),
      ended(op, { op: 'update', map: 0, key, value: 0 }, result, { map: 'map#1' }),
    ];
    const full = [...begun, ...update(2, 0, 'EBPF_SUCCESS')];
    expect(verdictOf('CRE-020', traceOf(...full, ...update(3, 1, 'EBPF_OUT_OF_SPACE')))).toEqual({
      exercised: 1,
      saw: [],
    });
    expect(verdictOf('CRE-020', traceOf(...full, ...update(3, 0, 'EBPF_SUCCESS')))).toEqual({
      exercised: 0,
      saw: [],
    });
    expect(
      verdictOf('CRE-020', traceOf(...full, ...update(3, 1, 'EBPF_SUCCESS'))).saw[0],
    ).toContain('held 1');
  });
});

describe('maps for very many entries', () => {
  const update = { op: 'update', map: 0, key: 0, value: 0 };
  const life = (at: number, max_entries: number, result: string) => {
    const map = `map#${at}`;
    return [
      { ...mapCreated, op: at, map, max_entries },
      started(at, update),
      entered(at, 'preprocess_map_update_element', at, {
        map,
        key: '00000000',
        value: '01000000',
        value_size: 4,
        out_size: null,
        flags: 0,
      }),
      returned(at, 'preprocess_map_update_element', result, {}),
      { kind: 'map-gone' as const, map, balance: null },
    ];
  };
  const good = 'EBPF_SUCCESS';
  const saw = (...lives: ReturnType<typeof life>[]) =>
    verdictOf('CRE-006', traceOf(registered, ...lives.flat())).saw;

  test('take what maps for few take', () => {
    const refused = life(2, 0x8000_0000, 'EBPF_NO_MEMORY');
    expect(saw(life(1, 8, good), refused, life(3, 8, good))[0]).toContain(
      'max_entries 2147483648 was created and then refused',
    );
    expect(saw(life(1, 8, good), life(2, 0x8000_0000, good), life(3, 8, good))).toEqual([]);
  });

  test('may refuse what is refused to maps for few afterwards', () => {
    const refused = (at: number, count: number) => life(at, count, 'EBPF_NO_MEMORY');
    expect(saw(life(1, 8, good), refused(2, 0x8000_0000), refused(3, 8))).toEqual([]);
  });
});
