/**
 * A loss names the buffer behind it, in few repetitions, and the rules on that buffer alone are
 * broken.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { chapter as deletion } from '../../suites/deletion/index.ts';
import { chapter as lookup } from '../../suites/lookup/index.ts';
import { chapter as update } from '../../suites/update/index.ts';
import { judge } from '../check/judge.ts';
import { buildNative, type BuiltFixture } from '../native/build.ts';
import type { Relaxation } from '../provider/port.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import { ownersOfLoss } from '../run/chapters.ts';
import type { Damage } from '../trace/damage.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { sequential } from '../trace/plan.ts';
import { autopsy, wordsOfDamage } from './autopsy.ts';
import { createExecutor } from './executor.ts';

const profile = {
  ...bootstrapProfile(null),
  mapType: 15,
  accepted: [{ key: 4, value: 4, actual: 8 }],
  keySizes: [4],
  valueSizes: [4],
  values: 'generated' as const,
  ...{ updatesOriginalValue: true, hasFind: true, hasUpdate: true },
  deleteStyle: 'postprocess' as const,
};
const job: Job = {
  plan: sequential(
    'sequence',
    [
      { op: 'start' },
      { op: 'create', map: 0 },
      { op: 'update', map: 0, key: 1, value: 2 },
      { op: 'find', map: 0, key: 1 },
      { op: 'delete', map: 0, key: 1 },
      { op: 'close', map: 0 },
      { op: 'stop' },
    ],
    { suite: 'update' },
  ),
  choices: [],
  conditions: {},
  profile,
};

let faults: readonly BuiltFixture[] = [];
beforeAll(async () => {
  faults = await buildNative('faults/CRUD-');
});

const lostIn = (name: string): Promise<RunResult[]> => {
  const path = faults.find((one) => one.name === `faults/${name}`)!.library;
  const options = { inProcess: false, callbackTimeoutMs: null };
  return createExecutor({ path, config: null, nmr: null }, options).then(async (executor) => {
    try {
      return await executor.run([job, job]);
    } finally {
      await executor.close();
    }
  });
};

const lossOf = (trace: readonly TraceEvent[]): EventOf<'lost'> =>
  trace.find((event): event is EventOf<'lost'> => event.kind === 'lost')!;

const brokenIn = (trace: readonly TraceEvent[]): string[] => {
  const requirements = [lookup, update, deletion].flatMap((chapter) => chapter.requirements);
  const subject = {
    ...{ kind: 'native' as const, profile, registrations: [] },
    ...{ revision: 'merged' as const, enumHeader: null },
  };
  return judge(requirements, trace, subject, ownersOfLoss)
    .filter(({ violations }) => violations.length > 0)
    .map(({ id }) => id);
};

const modified = (buffer: 'key' | 'in_value'): Damage => ({ what: 'modified', buffer });
const overrun: Damage = { what: 'overrun', buffer: 'out_value', offset: 4 };
const touched: Damage = { what: 'touched', buffer: 'in_value', offset: 4 };

describe('a native crash in an element callback', () => {
  it.each<[string, Damage | null, string]>([
    ['CRUD-FIND-003-writes-stored-size', overrun, 'CRUD-FIND-003'],
    ['CRUD-UPD-006-converts-in-place', modified('in_value'), 'CRUD-UPD-006'],
    ['CRUD-UPD-007-reads-stored-size', touched, 'CRUD-UPD-007'],
    ['CRUD-DEL-010-writes-the-key-back', modified('key'), 'CRUD-DEL-010'],
    ['CRUD-FIND-002-crashes-in-find', null, 'CRUD-FIND-002'],
  ])('%s', async (name, damage, rule) => {
    const [first, second] = await lostIn(name);
    const lost = lossOf(first!.trace);
    expect(lost).toMatchObject({ how: 'crash', error: 'SIGSEGV' });
    expect(lost.damage).toEqual(damage ? [damage] : undefined);
    const usual = 'memory was accessed that is not mapped or not allowed';
    expect(lost.detail).toBe(damage ? `${usual}${wordsOfDamage([damage])}` : usual);
    expect(brokenIn(first!.trace)).toEqual([rule]);
    expect(JSON.stringify(second!.trace)).toBe(JSON.stringify(first!.trace));
  });
});

describe('an autopsy', () => {
  const at = { seq: 0, actor: 0 };
  const callback = 'postprocess_map_find_element' as const;
  const entered = {
    ...{ kind: 'callback-entered' as const, call: 3, callback, op: 1, within: 0, direct: false },
    ...{ key: '00000000', value: '0000000000000000', out_size: 4, irql: 0, process: 1 },
    ...{ locks: 0, in_epoch: true },
  };
  const lost: EventOf<'lost'> = {
    ...{ kind: 'lost', call: 3, callback, how: 'crash', error: 'SIGSEGV', detail: '', op: 1 },
    ...{ during: null, ...at },
  };
  /** A subject whose call returns when relaxed so, with that damage. */
  const subject = (isSpared: (relax: Relaxation) => boolean, damage: Damage[] = []) => {
    const seen: Relaxation[] = [];
    const repeat = (relax: Relaxation): Promise<TraceEvent[]> => {
      seen.push(relax);
      const back: TraceEvent = {
        ...{ kind: 'callback-returned', call: 3, callback, result: 'EBPF_SUCCESS', irql: 0 },
        ...{ epoch_depth: 0, damage, ...at },
      };
      return Promise.resolve(isSpared(relax) ? [back] : [lost]);
    };
    const find = (guess: Damage | null = null): Promise<Damage[]> =>
      autopsy([{ ...entered, ...at }], lost, repeat, guess);
    return { seen, find };
  };

  it('takes one repetition where nothing helps and where something was changed', async () => {
    const wild = subject(() => false);
    expect(await wild.find()).toEqual([]);
    const storing = subject(() => true, [overrun]);
    expect(await storing.find()).toEqual([overrun]);
    expect([wild.seen.length, storing.seen.length]).toEqual([1, 1]);
  });

  it('names what is read beyond, at most five repetitions on, and at once when guessed', async () => {
    const reading = subject(({ buffers }) => buffers === 'all' || buffers === 'out_value');
    const found: Damage = { what: 'touched', buffer: 'out_value', offset: 4 };
    expect(await reading.find()).toEqual([found]);
    expect(reading.seen).toHaveLength(5);
    expect(await reading.find(found)).toEqual([found]);
    expect(reading.seen).toHaveLength(6);
    expect(await reading.find({ what: 'touched', buffer: 'key', offset: 4 })).toEqual([found]);
    expect(reading.seen).toHaveLength(11);
  });

  it('tells a store that changes nothing from a read, and gives no answer for two at once', async () => {
    const writing = subject(
      ({ buffers, access }) => access === 'open' && (buffers === 'all' || buffers === 'in_value'),
    );
    expect(await writing.find()).toEqual([modified('in_value')]);
    const both = subject(({ buffers }) => buffers === 'all');
    expect(await both.find()).toEqual([]);
    expect(both.seen).toHaveLength(5);
    const stores = subject(({ buffers, access }) => buffers === 'all' && access === 'open');
    expect(await stores.find()).toEqual([]);
    expect(stores.seen).toHaveLength(4);
  });

  it('passes over what the call met but did not do', async () => {
    const stale: Damage = { what: 'kept', buffer: 'key', callback, how: 'read' };
    expect(await subject(({ buffers }) => buffers === 'all', [stale]).find()).toEqual([]);
  });
});
