/**
 * The flags chapter: right providers pass, every fault is killed with its sentence, bent traces are
 * caught.
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
    'FLAG-001',
    plainFull,
    'a flag of its own',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_find_element'
      )
        return false;
      event.flags = 0x10;
      return true;
    },
  ],
  [
    'FLAG-002',
    plainFull,
    'HELPER for a user',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_find_element' ||
        event.flags !== 0
      )
        return false;
      event.flags = 1;
      return true;
    },
  ],
  [
    'FLAG-003',
    plainFull,
    'UPDATE in an update callback',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'preprocess_map_update_element'
      )
        return false;
      event.flags = 2;
      return true;
    },
  ],
  [
    'FLAG-004',
    plainFull,
    'find-and-delete shows through',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_find_element'
      )
        return false;
      const started = trace.find((one) => one.kind === 'operation-started' && one.op === event.op);
      if (
        started?.kind !== 'operation-started' ||
        started.operation.op !== 'find' ||
        !started.operation.delete
      )
        return false;
      event.flags = 2;
      return true;
    },
  ],
  [
    'SIZE-001',
    plainFull,
    'no key size for delete',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element'
      )
        return false;
      event.key_size = 0;
      return true;
    },
  ],
  [
    'SIZE-002',
    plainFull,
    'no key size for find',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_find_element'
      )
        return false;
      event.key_size = 0;
      return true;
    },
  ],
  [
    'SIZE-003',
    objectHash,
    'the declared size for a stored value',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'callback-entered' ||
        event.direct ||
        event.callback !== 'postprocess_map_delete_element'
      )
        return false;
      event.value_size = 4;
      return true;
    },
  ],
  [
    'SIZE-005',
    plainFull,
    'a short key that is looked up',
    (event, index, trace) => {
      void [index, trace];
      if (
        event.kind !== 'operation-ended' ||
        event.operation.op !== 'find' ||
        event.operation.key_size === undefined
      )
        return false;
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
