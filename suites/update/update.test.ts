/**
 * The update chapter: right providers pass, every fault is killed with its sentence, bent traces
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
    'CRUD-UPD-001',
    plainFull,
    'no update callback',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'preprocess_map_update_element'
      )
        return false;
      trace.splice(index, 1);
      return true;
    },
  ],
  [
    'CRUD-UPD-002',
    objectHash,
    'a short out buffer',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'preprocess_map_update_element'
      )
        return false;
      event.out_size = 4;
      return true;
    },
  ],
  [
    'CRUD-UPD-002',
    objectHash,
    'other bytes stored',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_find_element'
      )
        return false;
      event.value = '0000000000000000';
      return true;
    },
  ],
  [
    'CRUD-UPD-014',
    plainFull,
    'another code for the caller',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-returned' ||
        event.callback !== 'preprocess_map_update_element' ||
        trace.some(
          (one) => one.kind === 'callback-entered' && one.call === event.call && one.direct,
        )
      )
        return false;
      event.result = 'EBPF_ACCESS_DENIED';
      return true;
    },
  ],
  [
    'CRUD-UPD-015',
    plainFull,
    'no rollback',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element'
      )
        return false;
      const end = trace.find((one) => one.kind === 'operation-ended' && one.op === event.op);
      if (
        end?.kind !== 'operation-ended' ||
        end.operation.op !== 'update' ||
        end.result === 'EBPF_SUCCESS'
      )
        return false;
      trace.splice(index, 1);
      return true;
    },
  ],
  [
    'CRUD-UPD-016',
    plainFull,
    'a displaced value that nobody is told of',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element'
      )
        return false;
      const end = trace.find((one) => one.kind === 'operation-ended' && one.op === event.op);
      if (
        end?.kind !== 'operation-ended' ||
        end.operation.op !== 'update' ||
        end.result !== 'EBPF_SUCCESS'
      )
        return false;
      trace.splice(index, 1);
      return true;
    },
  ],
  [
    'CRUD-UPD-017',
    plainFull,
    'an update callback under a lock',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'preprocess_map_update_element'
      )
        return false;
      event.irql = 2;
      event.locks = 1;
      return true;
    },
  ],
  [
    'CRUD-UPD-018',
    plainFull,
    'a batch that goes on after a failure',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'callback-returned' || event.callback !== 'preprocess_map_update_element')
        return false;
      const call = trace.find((one) => one.kind === 'callback-entered' && one.call === event.call);
      const started = trace.find(
        (one) =>
          one.kind === 'operation-started' &&
          call?.kind === 'callback-entered' &&
          one.op === call.op,
      );
      if (started?.kind !== 'operation-started' || started.operation.op !== 'batch_update')
        return false;
      event.result = 'EBPF_NO_MEMORY';
      return true;
    },
  ],
  [
    'CRUD-UPD-019',
    plainFull,
    'a push that succeeds',
    (event, index, trace) => {
      void [index, trace];
      if (event.kind !== 'operation-ended' || event.operation.op !== 'push') return false;
      event.result = 'EBPF_SUCCESS';
      return true;
    },
  ],
];

describe('runtimes that misbehave', () => {
  it.each(bends)('%s: %#', async (rule, module, _what, bend) => {
    expect(await brokenByBending(chapter, module, bend)).toContain(rule);
  });
});
