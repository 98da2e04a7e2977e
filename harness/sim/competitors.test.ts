/** Providers of the harness's own: one in each place, and none is left when it went. */
import { expect, test } from 'vitest';
import provider from '../../fixtures/providers/object-hash.ts';
import { openModule } from '../adapters/in-process.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { executeRun } from '../execute/execute.ts';
import { sequential, type Operation } from '../trace/plan.ts';

const create: Operation = {
  ...{ op: 'create', map: 0, map_type: 15, key_size: 4, value_size: 4, max_entries: 4 },
};
const come: Operation = { op: 'register_other', other: 2, map_type: 15 };
const go: Operation = { op: 'deregister_other', other: 2 };

const answersTo = (...operations: Operation[]): string[] =>
  executeRun(
    {
      plan: sequential('', operations),
      ...{ choices: [], conditions: {}, profile: bootstrapProfile(null) },
    },
    openModule(provider),
    null,
  ).trace.flatMap((event) => (event.kind === 'operation-ended' ? [event.result] : []));

test('a competitor serves a map until it goes', () => {
  expect(answersTo(come, create)).toEqual(['STATUS_SUCCESS', 'EBPF_SUCCESS']);
  expect(answersTo(come, go, create).at(-1)).toBe('EBPF_EXTENSION_FAILED_TO_LOAD');
});

test('one that comes to a place that is taken leaves nobody behind when it goes', () => {
  expect(answersTo(come, come, go, create).at(-1)).toBe('EBPF_EXTENSION_FAILED_TO_LOAD');
  expect(answersTo(come, go, go, come, create).at(-1)).toBe('EBPF_SUCCESS');
});
