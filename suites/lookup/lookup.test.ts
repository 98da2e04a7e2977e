/**
 * The lookup chapter: right providers pass, every fault is killed with its sentence, bent traces
 * are caught.
 */
import { describe, expect, it } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import passThrough from '../../fixtures/providers/pass-through.ts';
import plainFull from '../../fixtures/providers/plain-full.ts';
import plainRejecting from '../../fixtures/providers/plain-rejecting.ts';
import type { ProviderModule } from '../../harness/index.ts';
import { brokenByBending, type Bend } from '../element-rules.fixture.ts';
import { sayingsOf } from '../chapter-proof.ts';
import {
  create,
  ended,
  entered,
  mapCreated,
  registered,
  returned,
  started,
} from '../literal-events.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash, plainFull, plainRejecting, passThrough]);

const bends: [string, ProviderModule, string, Bend][] = [
  [
    'CRUD-FIND-001',
    plainFull,
    'a find callback for a missing key',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'operation-started' ||
        event.operation.op !== 'find' ||
        event.operation.key !== 0
      )
        return false;
      const call = trace.find(
        (one) => one.kind === 'callback-entered' && one.callback === 'postprocess_map_find_element',
      );
      if (!call || index > call.seq) return false;
      trace.splice(index + 1, 0, { ...call, op: event.op } as typeof call);
      return true;
    },
  ],
  [
    'CRUD-FIND-011',
    plainFull,
    'another code for the caller',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'callback-returned' || event.callback !== 'postprocess_map_find_element')
        return false;
      event.result = 'EBPF_ACCESS_DENIED';
      return true;
    },
  ],
  [
    'CRUD-FIND-012',
    plainFull,
    'no delete after a lookup-and-delete',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'callback-entered' || event.callback !== 'postprocess_map_delete_element')
        return false;
      const found = trace.find((one) => one.kind === 'operation-started' && one.op === event.op);
      if (found?.kind !== 'operation-started' || found.operation.op !== 'find') return false;
      trace.splice(index, 1);
      return true;
    },
  ],
  [
    'CRUD-FIND-013',
    passThrough,
    'other bytes than stored',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'operation-ended' ||
        event.operation.op !== 'find' ||
        event.result !== 'EBPF_SUCCESS'
      )
        return false;
      event.out = '00';
      return true;
    },
  ],
  [
    'CRUD-FIND-014',
    plainFull,
    'a callback while keys are enumerated',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'operation-started' || event.operation.op !== 'next_key') return false;
      const call = trace.find(
        (one) => one.kind === 'callback-entered' && one.callback === 'postprocess_map_find_element',
      );
      if (!call) return false;
      trace.splice(index + 1, 0, { ...call, op: event.op } as typeof call);
      return true;
    },
  ],
  [
    'CRUD-FIND-015',
    plainFull,
    'another code for a missing key',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'operation-ended' ||
        event.operation.op !== 'find' ||
        event.result !== 'EBPF_OBJECT_NOT_FOUND'
      )
        return false;
      event.result = 'EBPF_KEY_NOT_FOUND';
      return true;
    },
  ],
];

describe('runtimes that misbehave', () => {
  it.each(bends)('%s: %#', async (rule, module, _what, bend) => {
    expect(await brokenByBending(chapter, module, bend)).toContain(rule);
  });
});

describe('CRUD-FIND-002: entries that are held', () => {
  const [update, find] = ['preprocess_map_update_element', 'postprocess_map_find_element'] as const;
  const key = '01000000';
  const put = { op: 'update', map: 0, key: 1, value: 0 };
  const look = { op: 'find', map: 0, key: 1 };
  const stored = { key, key_size: 4, value: '1100000000000000', value_size: 8, out_size: 4 };
  const given = { key, key_size: 4, value: '11223344', value_size: 4, out_size: 8, flags: 0 };
  const held = [
    registered,
    started(1, create),
    mapCreated,
    ended(1, create, 'EBPF_SUCCESS'),
    started(2, put),
    entered(1, update, 2, given),
    returned(1, update, 'EBPF_SUCCESS', { out: '1100000000000000' }),
    ended(2, put, 'EBPF_SUCCESS'),
  ];
  const begun = started(3, look);
  const call = entered(2, find, 3, { ...stored, flags: 0 });
  const answer = returned(2, find, 'EBPF_KEY_NOT_FOUND');
  const lost = [begun, call, answer];
  const profile = { userLookup: 'supported', hasUpdate: true, updatesOriginalValue: true };
  type Loose = Parameters<ReturnType<typeof sayingsOf>>[2];
  const says = (...events: Loose[]) =>
    sayingsOf(chapter)('CRUD-FIND-002', profile, ...events) ?? [];

  it('are found where lookups are served', () => {
    const saw = 'a lookup of a value that map#1 holds was answered EBPF_KEY_NOT_FOUND';
    expect(says(...held, ...lost)).toEqual([saw]);
  });
  it('may be refused to another process, for want of memory, and where lookups are not served', () => {
    expect(says(...held, begun, { ...call, process: 2 }, answer)).toEqual([]);
    const failed = { kind: 'allocation-failed' as const, call: 2, number: 1, size: 16 };
    expect(says(...held, begun, call, failed, answer)).toEqual([]);
    const closed = started(4, { op: 'close_handles' });
    expect(says(...held, closed, ...lost)).toEqual([]);
    const refuses = { ...profile, userLookup: 'EBPF_KEY_NOT_FOUND' };
    expect(sayingsOf(chapter)('CRUD-FIND-002', refuses, ...held, ...lost) ?? []).toEqual([]);
  });
});
