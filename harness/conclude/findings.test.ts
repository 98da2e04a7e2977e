/** Violations with one cause are one finding; what has another cause stays apart. */
import { expect, it } from 'vitest';
import type { Violation } from '../check/monitor.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential } from '../trace/plan.ts';
import { findingsOf, joinFindings, type Scene } from './findings.ts';
import { rowOf } from '../run/golden.fixture.ts';

type Loose = Record<string, unknown> & { kind: string };

/** Events of a trace that say only what matters. */
const traceOf = (...events: Loose[]): TraceEvent[] =>
  events.map((event, seq) => ({ seq, actor: 0, ...event })) as unknown as TraceEvent[];

const entered = (call: number, callback: string, rest: object = {}): Loose => {
  const common = { op: call, within: 0, direct: false, irql: 0, process: 1, locks: 0 };
  return {
    ...{ kind: 'callback-entered', call, callback, map: 'map#1', key: '00' },
    ...common,
    ...{ in_epoch: true, flags: 0 },
    ...rest,
  };
};
const returned = (call: number, callback: string, rest: object = {}): Loose => ({
  ...{ kind: 'callback-returned', call, callback, result: 'EBPF_SUCCESS', irql: 0 },
  ...{ epoch_depth: 0, damage: [] },
  ...rest,
});
const update = 'preprocess_map_update_element';
const remove = 'postprocess_map_delete_element';
const violation = (seq: number): Violation => ({
  ...{ kind: 'violated', seq, expected: 'one thing', saw: 'another' },
});
const failing = (id: string) =>
  rowOf(id, 'fail', { message: 'expected: one thing; saw: another', setting: 'robustness' });

const scene = (id: string, trace: TraceEvent[], shows: Record<string, number>): Scene => ({
  id,
  witness: {
    violation: violation(shows[id]!),
    plan: sequential('p', [{ op: 'start' }]),
    choices: [],
    trace,
  },
  shows: Object.entries(shows).map(([rule, seq]) => ({ id: rule, violations: [violation(seq)] })),
});

const options = { isSmall: true, standing: new Set<string>() };

// An update makes block#1 for what is stored as aa; a second one makes block#2 for bb.
const stored = [
  entered(1, update, { value: '01' }),
  { kind: 'allocated', call: 1, block: 'block#1', memory: 'epoch', size: 8 },
  returned(1, update, { out: 'aa' }),
  entered(2, update, { value: '02', key: '01' }),
  { kind: 'allocated', call: 2, block: 'block#2', memory: 'epoch', size: 8 },
  returned(2, update, { out: 'bb' }),
];

const leaks = traceOf(...stored, entered(3, remove, { value: 'aa' }), returned(3, remove), {
  kind: 'balance',
  why: 'unloaded',
  op: 0,
  balance: {
    blocks: [{ block: 'block#1', kind: 'epoch', size: 8, call: 1 }],
    objects: [],
    resources: 1,
  },
});

it('a leak is the fault of the call that was told of the end', () => {
  const [finding, ...more] = findingsOf(
    [failing('EPOCH-009')],
    [scene('EPOCH-009', leaks, { 'EPOCH-009': 8 })],
    options,
  );
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    rule: 'EPOCH-009',
    call: `${remove}(map#1, key 00, value aa)`,
    did: `did not release block#1, made in ${update}`,
    nature: 'memory',
  });
});

const freesAnother = traceOf(
  ...stored,
  entered(3, remove, { value: 'aa' }),
  { kind: 'freed', call: 3, block: 'block#2' },
  returned(3, remove),
  entered(4, remove, { value: 'bb', key: '01' }),
  { kind: 'misuse', call: 4, misuse: 'free-twice', detail: 'again', block: 'block#2' },
  returned(4, remove),
);

it('a block that is freed twice is the fault of who freed it while it was stored', () => {
  const rows = [failing('EPOCH-004'), failing('CRUD-DEL-007')];
  const shows = { 'EPOCH-004': 10, 'CRUD-DEL-007': 10 };
  const found = findingsOf(rows, [scene('EPOCH-004', freesAnother, shows)], options);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    rule: 'EPOCH-004',
    alsoBreaks: ['CRUD-DEL-007'],
    seq: 6,
    did: 'freed block#2, which a value that is stored in map#1 still needed',
  });
});

const apart = traceOf(
  entered(1, update),
  returned(1, update, { result: 'EBPF_INVALID_STATE' }),
  entered(2, remove, { irql: 2 }),
  returned(2, remove),
);

it('what another call breaks in another way stays apart, the graver first', () => {
  const rows = [rowOf('CRUD-UPD-021', 'warn', { message: 'm' }), failing('IRQL-004')];
  const scenes = [
    scene('CRUD-UPD-021', apart, { 'CRUD-UPD-021': 1, 'IRQL-004': 3 }),
    scene('IRQL-004', apart, { 'IRQL-004': 3 }),
  ];
  const found = findingsOf(rows, scenes, options);
  expect(found.map(({ rule }) => rule)).toEqual(['IRQL-004', 'CRUD-UPD-021']);
});

it('what the smallest run of another rule needs is its cause, unless it is broken everywhere', () => {
  const rows = [failing('CRUD-UPD-021'), failing('IRQL-004')];
  const scenes = [scene('IRQL-004', apart, { 'CRUD-UPD-021': 1, 'IRQL-004': 3 })];
  expect(findingsOf(rows, scenes, options)).toHaveLength(1);
  const standing = new Set(['CRUD-UPD-021']);
  expect(findingsOf(rows, scenes, { isSmall: true, standing })).toHaveLength(2);
  expect(findingsOf(rows, scenes, { ...options, isSmall: false })).toHaveLength(2);
});

it('rules that were not reached any more are counted below the loss', () => {
  const at = { operation: null, callback: remove };
  const rows = [
    rowOf('CRUD-DEL-007', 'crash', { message: 'm', at }),
    rowOf('CRUD-DEL-009', 'inconclusive', {
      reason: `plans stopped short of ${update}, ${remove}, in which the subject was lost`,
    }),
    rowOf('CRUD-DEL-010', 'inconclusive', { reason: 'the budget of 2 s ran out' }),
  ];
  expect(findingsOf(rows, [], options)).toMatchObject([
    { rule: 'CRUD-DEL-007', unjudged: ['CRUD-DEL-009'] },
  ]);
});

it('findings of shards join where they are of one kind, and go with waived rules', () => {
  const rows = [failing('CRUD-UPD-021'), failing('IRQL-004')];
  const [first] = findingsOf(
    [rows[0]!],
    [scene('CRUD-UPD-021', apart, { 'CRUD-UPD-021': 1 })],
    options,
  );
  const other = { ...first!, rule: 'IRQL-004' };
  expect(joinFindings([[first!], [other]], rows)).toMatchObject([
    { rule: 'CRUD-UPD-021', alsoBreaks: ['IRQL-004'] },
  ]);
  expect(joinFindings([[first!], [other]], [rows[0]!])).toHaveLength(1);
});
