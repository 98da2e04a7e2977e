/**
 * Whatever a subject does to its process, the run says where it was lost, and everything else goes
 * on.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNative, type BuiltFixture } from '../native/build.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { EventOf } from '../trace/event.ts';
import { sequential, type Operation } from '../trace/plan.ts';
import { createExecutor } from './executor.ts';

let folder = '';
let native: readonly BuiltFixture[] = [];
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'executor-test-'));
  native = [...(await buildNative('faults/')), ...(await buildNative('providers/object-map'))];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const operations: Operation[] = [
  { op: 'start' },
  { op: 'create', map: 0 },
  { op: 'update', map: 0, key: 1, value: 2 },
  { op: 'find', map: 0, key: 1 },
  { op: 'update', map: 0, key: 1, value: 3 },
  { op: 'delete', map: 0, key: 1 },
  { op: 'close', map: 0 },
  { op: 'stop' },
];
const job: Job = {
  plan: sequential('sequence', operations),
  choices: [],
  conditions: {},
  profile: {
    ...bootstrapProfile(null),
    mapType: 15,
    accepted: [{ key: 4, value: 4, actual: 8 }],
    keySizes: [4],
    valueSizes: [4],
    values: 'generated',
  },
};

const library = (name: string): string =>
  native.find((one) => one.name.includes(name))?.library ?? `no fixture ${name}`;

const provider = path.resolve('fixtures/providers/object-map.ts');

/** A module that deviates from the right object map. */
const deviating = (name: string, deviation: string): string => {
  const file = path.join(folder, `${name}.mts`);
  const address = JSON.stringify(`file://${provider}`);
  const text = `import fs from 'node:fs';
import { objectMap } from ${address};
export default objectMap({ name: ${JSON.stringify(name)}, ${deviation} });`;
  writeFileSync(file, text);
  return file;
};

const open = (file: string, callbackTimeoutMs: number | null = null): Promise<Executor> =>
  createExecutor({ path: file, config: null, nmr: null }, { inProcess: false, callbackTimeoutMs });

const runAll = async (
  file: string,
  jobs: readonly Job[] = [job],
  timeoutMs: number | null = null,
): Promise<RunResult[]> => {
  const executor = await open(file, timeoutMs);
  try {
    return await executor.run(jobs);
  } finally {
    await executor.close();
  }
};

const lossIn = ({ trace }: RunResult): EventOf<'lost'> | undefined =>
  trace.find((event): event is EventOf<'lost'> => event.kind === 'lost');

const operationOf = ({ trace }: RunResult, op: number): string | undefined =>
  trace.flatMap((event) =>
    event.kind === 'operation-started' && event.op === op ? [event.operation.op] : [],
  )[0];

describe('a right subject in a host', () => {
  it.each(['native', 'simulated'])('%s: gives the same bytes in every process', async (kind) => {
    const file =
      kind === 'native' ? library('providers/object-map') : 'fixtures/providers/object-hash.ts';
    const [one] = await runAll(file);
    const [two, three] = await runAll(file, [job, job]);
    const text = JSON.stringify(one!.trace);
    expect(lossIn(one!)).toBeUndefined();
    expect(one!.trace.at(-1)!.kind).toBe('run-ended');
    expect(JSON.stringify(two!.trace)).toBe(text);
    expect(JSON.stringify(three!.trace)).toBe(text);
    expect([one, two, three].map((result) => result!.diverged)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(['module', 'commonjs'])(
    'is loaded from TypeScript in a folder of type %s',
    async (type) => {
      const own = path.join(folder, type);
      mkdirSync(own);
      writeFileSync(path.join(own, 'package.json'), JSON.stringify({ type }));
      writeFileSync(path.join(own, 'name.ts'), 'export const name: string = "typed";');
      const text = `import { name } from './name.ts';
export default { name, start(host: unknown): void { void host; }, stop(): void {} };`;
      writeFileSync(path.join(own, 'subject.ts'), text);
      const executor = await open(path.join(own, 'subject.ts'));
      expect(executor.facts.name).toBe('typed');
      await executor.close();
    },
  );

  it('runs as it does in this process', async () => {
    const source = { path: library('providers/object-map'), config: null, nmr: null };
    const executor = await createExecutor(source, { inProcess: true, callbackTimeoutMs: null });
    const [here] = await executor.run([job]);
    await executor.close();
    const [there] = await runAll(source.path);
    expect(JSON.stringify(there!.trace)).toBe(JSON.stringify(here!.trace));
  });
});

describe('a native subject that is lost', () => {
  it.each([
    ['CRE-003-crashes-in-create', 'crash', 'preprocess_map_create', 'create', 'SIGSEGV'],
    ['CRE-003-exits-in-create', 'crash', 'preprocess_map_create', 'create', 'exit(7)'],
    [
      'CRUD-UPD-003-aborts-in-update',
      'crash',
      'preprocess_map_update_element',
      'update',
      'SIGABRT',
    ],
    [
      'CRUD-FIND-003-writes-stored-size',
      'crash',
      'postprocess_map_find_element',
      'find',
      'SIGSEGV',
    ],
    [
      'CRUD-DEL-007-exits-with-zero',
      'crash',
      'postprocess_map_delete_element',
      'update',
      'exit(0)',
    ],
    [
      'CRUD-DEL-007-overflows-the-stack',
      'crash',
      'postprocess_map_delete_element',
      'update',
      'SIGSEGV',
    ],
    ['CRE-003-floods-stdout', 'hang', 'preprocess_map_create', 'create', 'hang'],
    ['CRUD-UPD-003-locks-twice', 'hang', 'preprocess_map_update_element', 'update', 'hang'],
  ])('%s: %s in %s of %s', async (fault, how, callback, operation, error) => {
    const [result] = await runAll(library(fault));
    const lost = lossIn(result!)!;
    expect(lost).toMatchObject({ how, callback });
    // exit() tears down the process around it: now and then that dies of a signal first.
    expect(error.startsWith('exit') ? [error, 'SIGSEGV'] : [error]).toContain(lost.error);
    expect(operationOf(result!, lost.op)).toBe(operation);
    const { trace } = result!;
    expect(trace.at(-1)).toMatchObject({ kind: 'run-ended', seq: trace.length - 1 });
    expect(trace.map(({ seq }) => seq)).toEqual(trace.map((_, index) => index));
    expect(result!.diverged).toBeUndefined();
  });

  it('gives the last words of the C library', async () => {
    const [result] = await runAll(library('CRUD-DEL-007-frees-twice'));
    expect(lossIn(result!)?.detail).toMatch(/abort\(\) was called; it said: .*double free/);
  });

  it('costs its own jobs only, each with the same bytes', async () => {
    const harmless = {
      ...job,
      plan: sequential('start and stop', [{ op: 'start' }, { op: 'stop' }]),
    };
    const jobs = [harmless, job, harmless, job, job, harmless];
    const results = await runAll(library('CRE-003-crashes-in-create'), jobs);
    expect(results.map((result) => lossIn(result)?.error)).toEqual([
      undefined,
      'SIGSEGV',
      undefined,
      'SIGSEGV',
      'SIGSEGV',
      undefined,
    ]);
    const texts = results.map(({ trace }) => JSON.stringify(trace));
    expect(new Set([texts[1], texts[3], texts[4]]).size).toBe(1);
    expect(new Set([texts[0], texts[2], texts[5]]).size).toBe(1);
  });
});

describe('a simulated subject that is lost', () => {
  const table = (body: string): string =>
    `table: () => ({ preprocess_map_update_element: () => { ${body} } })`;

  it.each([
    ['exits', table('process.exit(3)'), 'crash', 'exit(3)', 'preprocess_map_update_element'],
    ['loops', table('while (true);'), 'hang', 'hang', 'preprocess_map_update_element'],
    [
      'sleeps',
      table('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'),
      'hang',
      'hang',
      'preprocess_map_update_element',
    ],
    [
      'recurses',
      table('const f = () => f() + 1; f()'),
      'crash',
      'RangeError',
      'preprocess_map_update_element',
    ],
    [
      'floods',
      table('const a = []; while (true) a.push(new Array(1e5).fill(a.length))'),
      null,
      null,
      'preprocess_map_update_element',
    ],
    [
      'counts',
      'module: () => ({ resourceCount: () => { throw new Error("no") } })',
      'crash',
      'Error',
      'resourceCount',
    ],
  ])('%s', async (name, deviation, how, error, callback) => {
    const [result] = await runAll(deviating(name, deviation));
    const lost = lossIn(result!);
    expect(lost?.callback).toBe(callback);
    if (how) expect(lost).toMatchObject({ how, error });
    expect(result!.trace.at(-1)!.kind).toBe('run-ended');
  });

  it('that does not do it again is told to diverge', async () => {
    const flag = path.join(folder, 'flag');
    const body = `const flag = ${JSON.stringify(flag)};
      if (!fs.existsSync(flag)) { fs.writeFileSync(flag, ''); process.exit(1); }
      return 'EBPF_NO_MEMORY';`;
    const [result] = await runAll(deviating('once', table(body)));
    expect(result!.diverged).toBe(true);
    expect(lossIn(result!)).toBeUndefined();
  });

  it('in no call, but is slower than the limit, is not blamed: nothing is proven by that run', async () => {
    // Once for so long that it is seen asleep however busy the machine is, then for a moment.
    const flag = path.join(folder, 'slept');
    const body = (first: number): string => `const flag = ${JSON.stringify(flag)};
      const isFirst = !fs.existsSync(flag);
      fs.writeFileSync(flag, '');
      const ms = isFirst ? ${first} : 50;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      return 'EBPF_NO_MEMORY';`;
    const [short] = await runAll(deviating('slow', table(body(600_000))));
    expect(lossIn(short!)).toBeUndefined();
    expect(short!.unsettled).toMatch(
      /^preprocess_map_update_element did not return within 500 ms once, .*the limit on calls ran out/,
    );
    rmSync(flag);
    const [long] = await runAll(deviating('slower', table(body(800))), [job], 4_000);
    expect(long!.unsettled).toBeUndefined();
  });

  it('in loose ends of its event loop costs nothing', async () => {
    const body = `setTimeout(() => { throw new Error('late'); }, 0);
      Promise.reject(new Error('lost')); return 'EBPF_NO_MEMORY';`;
    const results = await runAll(deviating('late', table(body)), Array<Job>(25).fill(job));
    expect(results.map(lossIn)).toEqual(Array(25).fill(undefined));
    expect(results.map(({ diverged }) => diverged)).toEqual(Array(25).fill(undefined));
  });
});

describe('a subject that cannot be started', () => {
  it.each([
    [
      'REG-001-constructor-crashes',
      /could not be loaded: it ended the process \(SIGSEGV; at crash_early /,
    ],
    [
      'REG-001-crashes-in-start',
      /could not be started: cmc_provider_start ended the process \(SIGSEGV; at crash_in_start /,
    ],
    ['REG-001-refuses-to-start', /could not be started: cmc_provider_start returned 3/],
    ['UNLOAD-001-no-stop', /exports no cmc_provider_stop/],
  ])('%s is refused', async (fault, sentence) => {
    await expect(open(library(fault))).rejects.toThrow(sentence);
  });

  it('is refused when start throws', async () => {
    const file = deviating(
      'refuses',
      'module: () => ({ start: () => { throw new Error("no device"); } })',
    );
    await expect(open(file)).rejects.toThrow(
      /refuses could not be started: start threw: no device/,
    );
  });
});

const hostsOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]!.split(' ');
        return Number(fields[1]) === parent && fields[0] !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);

/** Far more than starting takes: it is in the loop. */
const hasComputed = (id: number): boolean => {
  const fields = readFileSync(`/proc/${id}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]) > 200;
};

/**
 * Asks until the answer is the one that has to come; how long that takes is the machine's business.
 */
const until = async <T>(ask: () => T, isDue: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = ask();
    if (isDue(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const isRunning = (id: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${id}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

describe.runIf(process.platform === 'linux')('when it is over', () => {
  it('no process is left', async () => {
    const before = hostsOf(process.pid);
    await runAll(library('CRE-003-crashes-in-create'), [job, job]);
    expect(hostsOf(process.pid).filter((id) => !before.includes(id))).toEqual([]);
  });

  it('a host in a native loop ends with its parent, and no file is left', async () => {
    const temporary = path.join(folder, 'temporary');
    mkdirSync(temporary);
    const script = path.join(folder, 'parent.mts');
    writeFileSync(
      script,
      `import { createExecutor } from ${JSON.stringify(`file://${path.resolve('harness/host/executor.ts')}`)};
const source = { path: ${JSON.stringify(library('CRE-003-loops-in-create'))}, config: null, nmr: null };
const executor = await createExecutor(source, { inProcess: false, callbackTimeoutMs: 60000 });
console.log('ready');
await executor.run([${JSON.stringify(job)}]);`,
    );
    const parent = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: temporary },
    });
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    const hosts = await until(
      () =>
        hostsOf(parent.pid!).filter((id) =>
          readFileSync(`/proc/${id}/cmdline`, 'latin1').includes('host-main'),
        ),
      (found) => found.some(hasComputed),
    );
    const gone = new Promise((resolve) => parent.once('exit', resolve));
    parent.kill('SIGKILL');
    await gone;
    await until(
      () => hosts.filter(isRunning),
      (running) => running.length === 0,
    );
    // tsx keeps its own cache there.
    await until(
      () => readdirSync(temporary).filter((name) => !name.startsWith('tsx-')),
      (left) => left.length === 0,
    );
  });
});
