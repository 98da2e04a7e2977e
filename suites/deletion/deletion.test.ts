/**
 * The deletion chapter: right providers pass, every fault is killed with its sentence, bent traces
 * are caught.
 */
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
    'CRUD-DEL-001',
    plainFull,
    'other flags',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element' ||
        event.flags !== 0
      )
        return false;
      event.flags = 8;
      return true;
    },
  ],
  [
    'CRUD-DEL-002',
    plainFull,
    'a delete callback for a missing key',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'operation-started' || event.operation.op !== 'delete') return false;
      const call = trace.find(
        (one) =>
          one.kind === 'callback-entered' &&
          one.callback === 'postprocess_map_delete_element' &&
          one.seq > event.seq,
      );
      if (!call) return false;
      trace.splice(index + 1, 0, { ...call, op: event.op } as typeof call);
      return true;
    },
  ],
  [
    'CRUD-DEL-003',
    plainFull,
    'under a lock',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element' ||
        event.flags !== 0
      )
        return false;
      event.irql = 2;
      event.locks = 1;
      return true;
    },
  ],
  [
    'CRUD-DEL-004',
    plainRejecting,
    'a rejection that nobody hears of',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'operation-ended' ||
        event.operation.op !== 'delete' ||
        event.result !== 'EBPF_OPERATION_NOT_SUPPORTED'
      )
        return false;
      event.result = 'EBPF_SUCCESS';
      return true;
    },
  ],
  [
    'CRUD-DEL-005',
    plainRejecting,
    'a failed delete(UPDATE) that fails the update',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'callback-returned' || event.callback !== 'preprocess_map_delete_element')
        return false;
      const call = trace.find((one) => one.kind === 'callback-entered' && one.call === event.call);
      if (call?.kind !== 'callback-entered' || call.direct || call.flags !== 2) return false;
      const end = trace.find((one) => one.kind === 'operation-ended' && one.op === call.op);
      if (end?.kind !== 'operation-ended') return false;
      event.result = end.result = 'EBPF_OPERATION_NOT_SUPPORTED';
      return true;
    },
  ],
  [
    'CRUD-DEL-014',
    plainFull,
    'an entry that clean-up forgot',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element' ||
        event.flags !== 4
      )
        return false;
      trace.splice(index, 1);
      return true;
    },
  ],
  [
    'CRUD-DEL-014',
    plainFull,
    'other flags at clean-up',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element' ||
        event.flags !== 4
      )
        return false;
      event.flags = 5;
      return true;
    },
  ],
];

describe('runtimes that misbehave', () => {
  it.each(bends)('%s: %#', async (rule, module, _what, bend) => {
    expect(await brokenByBending(chapter, module, bend)).toContain(rule);
  });
});
