/** A run as a script with names: one operation a line, in the order in which they began. */
import { expect, it } from 'vitest';
import type { TraceEvent } from './event.ts';
import { namesIn } from './names.ts';
import type { Plan } from './plan.ts';
import { scriptLines, scriptOf } from './script.ts';

type Loose = Record<string, unknown> & { kind: string };
const traceOf = (...events: Loose[]): TraceEvent[] =>
  events.map((event, seq) => ({ seq, actor: 0, ...event })) as unknown as TraceEvent[];

const began = (op: number, operation: object, actor = 0): Loose => ({
  ...{ kind: 'operation-started', op, operation, caller: 'user', process: 1, actor },
});
const update = 'preprocess_map_update_element';
const call = (number: number, op: number, callback: string, key: string, value: string): Loose => ({
  ...{ kind: 'callback-entered', call: number, op, callback, key, value },
});

const trace = traceOf(
  began(1, { op: 'update', map: 0, key: 3, value: 7 }),
  call(1, 1, update, '0300', 'aabb'),
  { kind: 'callback-returned', call: 1, callback: update, out: 'f00d' },
  began(2, { op: 'find', map: 0, key: 3 }, 1),
  call(2, 2, 'postprocess_map_find_element', '0300', 'f00d'),
);
const plan: Plan = {
  name: 'two',
  actors: [
    {
      caller: 'user',
      process: 1,
      operations: [
        { op: 'update', map: 0, key: 3, value: 7 },
        { op: 'delete', map: 0, key: 3 },
      ],
    },
    { caller: 'user', process: 2, operations: [{ op: 'find', map: 0, key: 3 }] },
  ],
};

it('keys, given values and what is stored for them have names of their own', () => {
  const names = namesIn(trace);
  expect([names.key('0300'), names.value('aabb'), names.value('f00d')]).toEqual(['k1', 'A', 'A*']);
  expect(names.value('9999')).toBe('9999');
  expect(names.legend).toEqual([
    { name: 'k1', hex: '0300' },
    { name: 'A', hex: 'aabb' },
    { name: 'A*', hex: 'f00d' },
  ]);
});

it('what began is told in its order, and what did not follows', () => {
  const steps = scriptOf(plan, trace, namesIn(trace));
  expect(scriptLines(steps, 2, 10)).toEqual([
    '  1  user#1  update map 0 key k1 value A',
    '> 2  user#2  find map 0 key k1',
    '  3  user#1  delete map 0 key #3',
  ]);
});

it('a long script keeps its beginning and its end', () => {
  const steps = Array.from({ length: 30 }, (_, index) => ({
    ...{ number: index + 1, actor: null, says: 'start' },
  }));
  const lines = scriptLines(steps, null, 9);
  expect(lines).toHaveLength(9);
  expect(lines[3]).toBe('  … 22 more steps');
  expect(lines.at(-1)).toBe('  30  start');
});
