/** The concurrency chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import right from '../../fixtures/providers/object-hash.ts';
import plain from '../../fixtures/providers/plain-preprocess.ts';
import { anySubject, judged, traceOf } from '../chapter-proof.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [right, plain]);

describe('CONC-003 counts what the runtime delivers', () => {
  const subject = {
    ...anySubject,
    profile: { ...anySubject.profile, hasUpdate: true, deleteStyle: 'postprocess' as const },
  };
  const call = (number: number, callback: string, value: string) => [
    {
      kind: 'callback-entered' as const,
      call: number,
      callback,
      op: number,
      within: 0,
      direct: false,
      map: 'map#1',
      key: '00',
      value,
      irql: 0,
      flags: 0,
    },
    {
      kind: 'callback-returned' as const,
      call: number,
      callback,
      result: callback.startsWith('pre') ? 'EBPF_SUCCESS' : null,
      irql: 0,
      damage: [],
    },
  ];
  const update = (number: number, value: string) =>
    call(number, 'preprocess_map_update_element', value);
  const remove = (number: number, value: string) =>
    call(number, 'postprocess_map_delete_element', value);
  const gone = { kind: 'map-gone' as const, map: 'map#1', balance: null };
  const said = (...events: Parameters<typeof traceOf>) =>
    judged(chapter, traceOf(...events), subject)
      .find(({ id }) => id === 'CONC-003')
      ?.violations.map(({ saw }) => saw);

  test('each value once is right', () => {
    expect(
      said(...update(1, '0a'), ...update(2, '0b'), ...remove(3, '0a'), ...remove(4, '0b'), gone),
    ).toEqual([]);
  });

  test('a value that is delivered twice is not', () => {
    expect(said(...update(1, '0a'), ...remove(2, '0a'), ...remove(3, '0a'), gone)).toEqual([
      expect.stringContaining('had been handed before'),
    ]);
  });

  test('a value that is never delivered is not', () => {
    expect(said(...update(1, '0a'), ...update(2, '0b'), ...remove(3, '0a'), gone)).toEqual([
      expect.stringContaining('1 value(s) were never handed'),
    ]);
  });
});
