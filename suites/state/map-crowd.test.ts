/** How many maps are beside a creation, where others begin and end meanwhile. */
import { expect, test } from 'vitest';
import type { TraceView } from '../../harness/index.ts';
import { crowdOf } from './map-crowd.ts';

type Step = readonly ['enter' | 'return', 'create' | 'delete', call: number, result?: string];

const names = { create: 'preprocess_map_create', delete: 'postprocess_map_delete' };

/** The maps beside a creation after these steps. */
const beside = (steps: readonly Step[], call: number) => {
  const trace = { call: () => ({ context: 'context#1' }) } as unknown as TraceView;
  const { book, handlers } = crowdOf(trace);
  const listeners = handlers as unknown as Record<string, (event: object) => void>;
  for (const [way, what, number, result = 'EBPF_SUCCESS'] of steps) {
    const kind = way === 'enter' ? 'callback-entered' : 'callback-returned';
    listeners[kind]!({ callback: names[what], call: number, result });
  }
  return book.beside(call);
};

const made = (call: number): Step[] => [
  ['enter', 'create', call],
  ['return', 'create', call],
];

test.each<[string, Step[], number, { least: number; most: number }]>([
  ['alone', made(1), 1, { least: 0, most: 0 }],
  ['the second', [...made(1), ...made(2)], 2, { least: 1, most: 1 }],
  [
    'beside one that another is about to make',
    [['enter', 'create', 1], ...made(2)],
    2,
    { least: 0, most: 1 },
  ],
  [
    'beside one that is about to end',
    [...made(1), ['enter', 'delete', 2], ...made(3)],
    3,
    { least: 0, most: 1 },
  ],
  [
    'beside one that ended meanwhile',
    [...made(1), ['enter', 'create', 2], ['enter', 'delete', 3], ['return', 'delete', 3]].concat([
      ['return', 'create', 2],
    ]) as Step[],
    2,
    { least: 0, most: 1 },
  ],
  [
    'after one that was refused',
    [['enter', 'create', 1], ['return', 'create', 1, 'EBPF_NO_MEMORY'], ...made(2)],
    2,
    { least: 0, most: 0 },
  ],
])('%s', (_, steps, call, expected) => {
  expect(beside(steps, call)).toEqual(expected);
});
