/** The lookup chapter: right providers pass, every fault is killed with its sentence, bent traces are caught. */
import { describe, expect, it } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import passThrough from '../../fixtures/providers/pass-through.ts';
import plainFull from '../../fixtures/providers/plain-full.ts';
import plainRejecting from '../../fixtures/providers/plain-rejecting.ts';
import type { ProviderModule } from '../../harness/index.ts';
import { brokenByBending, type Bend } from '../element-rules.fixture.ts';
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
