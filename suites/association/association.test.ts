/** The association chapter on right, wrong and literal runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { traceOf, verdictsBy } from '../chapter-proof.ts';
import { begun, ended, entered, returned, started } from '../literal-events.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash]);

const verdictOf = verdictsBy(chapter);

const program_type = 'f1832a85-85d5-45b0-98a0-7069d63013b0';
const associate = { op: 'associate', map: 0, program_type };
const asks = (result: string, given = program_type) => [
  entered(2, 'preprocess_associate_program_type', 2, { program_type: given }),
  returned(2, 'preprocess_associate_program_type', result),
];

describe('rules of runtimes', () => {
  test('ASSOC-001 asks the provider once and answers what it answered', () => {
    const begins = [...begun, started(2, associate)];
    const ends = (result: string) => ended(2, associate, result, { map: 'map#1' });
    const right = traceOf(...begins, ...asks('EBPF_INVALID_STATE'), ends('EBPF_INVALID_STATE'));
    expect(verdictOf('ASSOC-001', right)).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('ASSOC-001', traceOf(...begins, ends('EBPF_SUCCESS'))).saw).toEqual([
      '0 calls',
    ]);
    const overruled = traceOf(...begins, ...asks('EBPF_INVALID_STATE'), ends('EBPF_SUCCESS'));
    expect(verdictOf('ASSOC-001', overruled).saw).toEqual(['EBPF_SUCCESS']);
    const other = traceOf(
      ...begins,
      ...asks('EBPF_SUCCESS', '0d9b8a53-27f1-4c40-9be6-e1a5437c6d82'),
      ends('EBPF_SUCCESS'),
    );
    expect(verdictOf('ASSOC-001', other).saw[0]).toContain('0d9b8a53');
  });
});

describe('rules that a simulated provider cannot break', () => {
  test('ASSOC-005 sees a program_type that is used after the call', () => {
    const kept = returned(3, 'preprocess_map_update_element', 'EBPF_SUCCESS', {
      damage: [
        {
          what: 'kept',
          buffer: 'program_type',
          callback: 'preprocess_associate_program_type',
          how: 'read',
        },
      ],
    });
    expect(verdictOf('ASSOC-005', traceOf(...begun, ...asks('EBPF_SUCCESS')))).toEqual({
      exercised: 1,
      saw: [],
    });
    expect(
      verdictOf('ASSOC-005', traceOf(...begun, ...asks('EBPF_SUCCESS'), kept)).saw[0],
    ).toContain('it was read after');
    const written = returned(2, 'preprocess_associate_program_type', 'EBPF_SUCCESS', {
      damage: [{ what: 'modified', buffer: 'program_type' }],
    });
    expect(verdictOf('ASSOC-005', traceOf(...begun, written)).saw).toEqual(['it was modified']);
  });
});
