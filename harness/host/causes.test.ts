import { describe, expect, test } from 'vitest';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { withCauses } from './causes.ts';

const find = 'postprocess_map_find_element';
const remove = 'postprocess_map_delete_element';

const sizes = { key_size: 1, value: '00', value_size: 1, out_size: null };

type Call = { callback?: string; irql?: number; flags?: number; key?: string | null };

const before = ({ callback = remove, irql = 0, flags = 0, key = '00' }: Call): object[] => [
  { kind: 'map-created', map: 'm1', key_size: 1, value_size: 1, actual_value_size: 1 },
  ...['b1', 'b2', 'b3'].map((block) => ({ kind: 'freed', call: 1, block })),
  { kind: 'callback-entered', call: 2, callback, map: 'm1', irql, flags, key, ...sizes },
];

/** A subject that is lost in call 2, and not in runs that `isSpared` knows. */
const subject = (
  call: Call,
  isSpared: (job: Job) => boolean,
  how: { kind?: 'native'; suite?: string } = {},
) => {
  let runs = 0;
  const { callback = remove } = call;
  const lost = { kind: 'lost', call: 2, callback, how: 'crash', error: 'SIGSEGV', detail: 'x' };
  const run = (jobs: readonly Job[]): Promise<RunResult[]> => {
    runs += jobs.length;
    const results = jobs.map((job): RunResult => {
      const last = isSpared(job) ? { kind: 'callback-returned', call: 2, callback } : lost;
      const trace = [...before(call), last].map((event, seq) => ({ ...event, seq, actor: 0 }));
      return { trace: trace as unknown as TraceEvent[], branches: [], spoiled: false };
    });
    return Promise.resolve(results);
  };
  const facts = { kind: how.kind ?? 'in-process' } as Executor['facts'];
  const executor = withCauses({ facts, run, close: () => Promise.resolve() });
  const job = {
    plan: { name: 'p', suite: how.suite ?? 's', actors: [] },
    choices: [],
    conditions: {},
    profile: { updatesOriginalValue: false },
  } as unknown as Job;
  const once = async (): Promise<EventOf<'lost'> | undefined> => {
    const [result] = await executor.run([how.suite === '' ? { ...job, plan: probePlan } : job]);
    return result!.trace.find((event) => event.kind === 'lost');
  };
  return { once, trace: async () => (await executor.run([job]))[0]!.trace, runs: () => runs };
};

const probePlan = { name: 'p', actors: [] };

const without =
  (what: string, flags?: number) =>
  ({ ease }: Job): boolean =>
    ease !== undefined &&
    'call' in ease &&
    ease.without.what === what &&
    (flags === undefined ||
      (ease.without.what === 'flags' && (ease.without.flags & flags) === flags));

describe('the cause of a loss', () => {
  test('is the level where the call returns at PASSIVE_LEVEL', async () => {
    const lost = await subject({ irql: 2 }, without('level')).once();
    expect(lost?.cause).toEqual({ what: 'level', irql: 2 });
    expect(lost?.detail).toMatch(/at PASSIVE_LEVEL instead of DISPATCH it returned/);
  });

  test('is none where no repetition returns, and none of an ordinary call', async () => {
    expect((await subject({ irql: 2 }, () => false).once())?.cause).toBeUndefined();
    const plain = subject({}, ({ ease }) => ease !== undefined);
    expect((await plain.once())?.cause).toBeUndefined();
    expect(plain.runs()).toBe(1);
  });

  test('is one bit where one is enough, and the flags together where any is', async () => {
    const one = await subject({ flags: 3 }, without('flags', 2)).once();
    expect(one?.cause).toEqual({ what: 'flags', flags: 2 });
    const both = await subject({ flags: 3 }, without('flags')).once();
    expect(both?.cause).toEqual({ what: 'flags', flags: 3 });
  });

  test('is the missing key before anything else', async () => {
    const lost = await subject({ callback: find, key: null, irql: 2 }, without('key')).once();
    expect(lost?.cause).toEqual({ what: 'key' });
  });

  test('is believed when it was found twice', async () => {
    const { once, runs } = subject({ irql: 2 }, without('level'));
    for (let i = 0; i < 4; i += 1) expect((await once())?.cause).toBeDefined();
    expect(runs()).toBe(4 + 2);
  });

  test('is not asked for by a probe', async () => {
    const probe = subject({ irql: 2 }, without('level'), { suite: '' });
    expect((await probe.once())?.cause).toBeUndefined();
    expect(probe.runs()).toBe(1);
  });

  test.each(['b1', 'b2', 'b3'])('is memory that was given back: %s', async (block) => {
    const isKept = ({ ease }: Job): boolean =>
      ease !== undefined && 'kept' in ease && ease.kept.includes(block);
    const trace = await subject({}, isKept, { kind: 'native' }).trace();
    const at = trace.findIndex(({ kind }) => kind === 'lost');
    expect(trace[at - 1]).toMatchObject({ kind: 'misuse', misuse: 'use-after-free', block });
    expect(trace.map(({ seq }) => seq)).toEqual(trace.map((_, index) => index));
    const simulated = await subject({}, isKept).trace();
    expect(simulated.some(({ kind }) => kind === 'misuse')).toBe(false);
  });
});
