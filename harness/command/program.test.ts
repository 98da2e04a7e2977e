/** The command line from outside: what reaches the engine, what is written where, how it ends. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE } from '../abi/catalogue.ts';
import { HarnessFault, SubjectError } from '../errors/errors.ts';
import { goldenRecord, recordOf, rowOf } from '../run/golden.fixture.ts';
import type { CertifyOptions, ReplayOptions, ReplayResult } from '../run/options.ts';
import type { ReplayFile, RunRecord } from '../conclude/record.ts';
import { encodeReplay } from '../run/replay-token.ts';
import { sequential } from '../trace/plan.ts';
import type { Context } from './context.ts';
import { main } from './program.ts';

let folder = '';
const inFolder = (...names: string[]) => path.join(folder, ...names);
const write = (name: string, data: unknown): string => {
  writeFileSync(inFolder(name), typeof data === 'string' ? data : JSON.stringify(data));
  return inFolder(name);
};
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mapcert-'));
  write('provider.ts', '');
  write('suite.provider.ts', '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const pass = recordOf([rowOf('REG-001', 'pass')]);
const unused = () => Promise.reject(new Error('not asked for'));

type Ended = { code: number; out: string; err: string; asked: CertifyOptions | undefined };

/** Runs the command line with a stub for the engine. */
const mapcert = async (
  argv: string[],
  given: Partial<Context> & { record?: RunRecord } = {},
): Promise<Ended> => {
  const { record = pass, ...context } = given;
  let [out, err] = ['', ''];
  let asked: CertifyOptions | undefined;
  const code = await main(argv, {
    certify: (options) => {
      asked = options;
      return Promise.resolve(record);
    },
    certifyRuntime: () => Promise.resolve(record),
    certifyHeader: () => Promise.resolve(record),
    replay: unused,
    shrink: unused,
    probe: unused,
    selftest: unused,
    mutate: unused,
    chapters: () =>
      Promise.resolve([
        {
          name: 'registration',
          about: 'what is registered',
          scenarios: [],
          requirements: [{ id: 'REG-001', asks: 'Asked.', passing: 'Shown.', look: 'the NPI id' }],
        },
        { name: 'deletion', about: 'what is deleted', scenarios: [], requirements: [] },
      ]),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
    ...context,
  });
  return { code, out, err, asked };
};

describe('certify asks the engine', () => {
  it('for the sample provider with documented defaults', async () => {
    const { asked, code } = await mapcert(['certify', '--jobs', '2']);
    const { progress, ...options } = asked!;
    expect(progress).toBeTypeOf('function');
    expect(code).toBe(0);
    expect(options).toEqual({
      subject: null,
      config: null,
      errata: null,
      suites: null,
      only: null,
      level: null,
      revision: 'merged',
      dialects: ['as-documented', 'as-shipped', 'detach-first'],
      seed: 1,
      runs: null,
      budgetMs: null,
      timeoutMs: null,
      jobs: 2,
      shard: null,
      lowMemory: false,
      stress: false,
      waivers: null,
      inProcess: false,
      nmr: null,
      asan: false,
      enumHeader: null,
      out: null,
    });
  });

  it('with every option as it was given', async () => {
    const file = write('any', '{}');
    const { asked } = await mapcert([
      'certify',
      inFolder('provider.ts'),
      '--config',
      file,
      '--suite',
      'deletion,registration',
      '--only',
      'REG-00[12]',
      'dup-*',
      '--level',
      'must',
      '--revision',
      'draft',
      '--dialect',
      'as-shipped',
      '--seed',
      '4294967295',
      '--runs',
      '7',
      '--budget',
      '1.5m',
      '--timeout',
      '250ms',
      '--jobs',
      '3',
      '--shard',
      '2/5',
      '--low-memory',
      '--stress',
      '--waivers',
      file,
      '--in-process',
      '--nmr',
      file,
      '--enum-header',
      file,
      '--out',
      inFolder('out'),
    ]);
    expect(asked).toMatchObject({
      subject: inFolder('provider.ts'),
      config: file,
      suites: ['registration', 'deletion'],
      only: ['REG-001', 'REG-002', 'DUP-001', 'DUP-002', 'DUP-003', 'DUP-004'],
      level: 'must',
      revision: 'draft',
      dialects: ['as-documented', 'as-shipped'],
      seed: 4294967295,
      runs: 7,
      budgetMs: 90_000,
      timeoutMs: 250,
      jobs: 3,
      shard: { index: 2, of: 5 },
      lowMemory: true,
      stress: true,
      waivers: file,
      inProcess: true,
      nmr: file,
      enumHeader: file,
      out: inFolder('out'),
    });
  });

  it.each([
    ['--suite', ['registration', 'deletion']],
    ['--only', ['REG-*']],
    ['--report', ['json']],
    ['--dialect', ['as-shipped']],
  ])('takes the subject back that %s would swallow', async (option, values) => {
    const { asked, code } = await mapcert([
      'certify',
      option,
      ...values,
      inFolder('suite.provider.ts'),
    ]);
    expect(code).toBe(0);
    expect(asked?.subject).toBe(inFolder('suite.provider.ts'));
  });
});

describe('a wrong command line is one sentence and exit code 4', () => {
  it.each<[string[], string]>([
    [['certfy'], "unknown command 'certfy' (Did you mean certify?)"],
    [['certify', '--sed', '1'], "unknown option '--sed' (Did you mean --seed?)"],
    [['certify', '--seed'], 'argument missing'],
    [['certify', '--seed', '-1'], 'no whole number from 0'],
    [['certify', '--seed', '1e3'], 'no whole number from 0'],
    [['certify', '--seed', '4294967296'], 'no whole number from 0'],
    [['certify', '--runs', '0'], 'no whole number from 1'],
    [['certify', '--jobs', '0'], 'no whole number from 1'],
    [['certify', '--budget', '0s'], 'no time such as'],
    [['certify', '--budget', 'soon'], 'no time such as'],
    [['certify', '--timeout', '5 s'], 'no time such as'],
    [['certify', '--shard', '0/2'], 'no i/n'],
    [['certify', '--shard', '3/2'], 'no i/n'],
    [['certify', '--level', 'may'], 'Allowed choices are must, should'],
    [['certify', '--dialect', 'bavarian'], 'none of as-documented'],
    [['certify', '--only', 'REG-999'], 'matches no rule'],
    [['certify', '--only', 'ZZZ-*'], 'matches no rule'],
    [['certify', '--suite', 'nope'], 'is no chapter'],
    [['certify', '--report', 'pdf'], 'none of summary, json'],
    [['certify', '--report', 'json='], 'names no file'],
    [['certify', '--report', 'html'], 'html needs a file'],
    [['certify', '--report', 'json', '--report', 'junit'], 'two reports go to the standard output'],
    [['certify', '--report', `json=${tmpdir()}`], 'is a folder'],
    [['certify', '--config', 'absent.json'], 'there is no such file'],
    [['certify', '--waivers', '.'], 'it is no file'],
    [['certify', 'a.ts', 'b.ts'], 'too many arguments'],
    [['explain', 'REG-999'], 'no rule is called REG-999'],
    [['explain'], "missing required argument 'id'"],
    [['list', 'people'], 'Allowed choices'],
    [['replay', 'absent.json'], 'there is no such file'],
    [['replay', 'REG-001'], 'name its report too'],
    [['diff', 'absent.json', 'absent.json'], 'there is no such file'],
    [['merge'], "missing required argument 'shards'"],
    [['registry'], "missing required argument 'header'"],
    [['selftest', '--faults', 'absent'], 'is no folder'],
  ])('%j', async (argv, sentence) => {
    const { code, out, err, asked } = await mapcert(argv);
    expect(err).toContain(sentence);
    expect(err).toMatch(/^mapcert: [^\n]+\n$/);
    expect({ code, out, asked }).toEqual({ code: 4, out: '', asked: undefined });
  });

  it('escapes what it repeats', async () => {
    expect((await mapcert(['certify', '--only', '\u001b[2Jx'])).err).not.toContain('\u001b');
    expect((await mapcert(['\u001b[2Jx'])).err).not.toContain('\u001b');
  });

  it('shows the help when nothing is asked', async () => {
    const { code, out, err } = await mapcert([]);
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toContain('Usage: mapcert');
  });
});

describe('other ends', () => {
  it.each([
    [new SubjectError('it does not start'), 5, 'mapcert: it does not start\n'],
    [new HarnessFault('we are wrong'), 7, 'mapcert: we are wrong\n'],
    [
      new TypeError('x is not a function'),
      7,
      'mapcert: internal error: x is not a function; run it again with --debug and report it\n',
    ],
  ])('%s', async (error, code, sentence) => {
    expect(await mapcert(['certify'], { certify: () => Promise.reject(error) })).toMatchObject({
      code,
      out: '',
      err: sentence,
    });
  });

  it('shows a stack with --debug', async () => {
    expect(
      (await mapcert(['certify', '--debug'], { certify: () => Promise.reject(new TypeError('x')) }))
        .err,
    ).toMatch(/\n +at /);
  });

  it('a subject that is not there is 5', async () => {
    expect(await mapcert(['certify', 'absent.ts'])).toMatchObject({
      code: 5,
      err: expect.stringContaining('there is no such file') as string,
    });
  });

  it.each([0, 1, 2, 3, 6, 7])(
    'the exit code %i of the record is the exit code',
    async (exitCode) => {
      expect((await mapcert(['certify'], { record: { ...pass, exitCode } })).code).toBe(exitCode);
    },
  );
});

describe('help fits 80 columns', () => {
  const COMMANDS = [
    'certify',
    'runtime',
    'selftest',
    'registry',
    'replay',
    'shrink',
    'diff',
    'merge',
    'list',
    'explain',
    'probe',
    'init',
  ];
  it.each(['', ...COMMANDS])('mapcert %s --help', async (command) => {
    const { code, out } = await mapcert([command, '--help'].filter((word) => word !== ''));
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    if (command === '')
      for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });
});

describe('reports', () => {
  it('prints the summary, or the one report that has no file', async () => {
    expect((await mapcert(['certify'])).out).toMatch(/CONFORMANT {2}exit code 0/);
    const { out, err } = await mapcert(['certify', '--report', 'json']);
    expect(JSON.parse(out)).toEqual(pass);
    expect(err).toMatch(/CONFORMANT {2}exit code 0/);
    expect(await mapcert(['certify', '--report', 'junit', '--quiet'])).toMatchObject({
      err: '',
      out: expect.stringMatching(/^<\?xml/) as string,
    });
  });

  it('writes whole files only where it was told to', async () => {
    const out = inFolder('deep', 'er');
    const { code } = await mapcert(
      [
        'certify',
        '--out',
        out,
        '--report',
        'html',
        `--report`,
        `junit=${inFolder('j.xml')}`,
        `markdown=${inFolder('m.md')}`,
      ],
      { record: goldenRecord() },
    );
    expect(code).toBe(7);
    expect(readdirSync(out).sort()).toEqual(['evidence', 'report.html', 'report.json']);
    expect(JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8'))).toEqual(goldenRecord());
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
    expect(existsSync(inFolder('j.xml')) && existsSync(inFolder('m.md'))).toBe(true);
  });

  it('says so when a report cannot be written, whatever the verdict', async () => {
    const file = write('taken', '');
    expect(await mapcert(['certify', '--report', `json=${file}/x.json`])).toMatchObject({
      code: 4,
      asked: undefined,
    });
  });

  it('colours for a terminal, unless told otherwise', async () => {
    const terminal = (env: Context['env'] = {}) => {
      let text = '';
      return {
        env,
        stdout: { isTTY: true, columns: 80, write: (part: string) => (text += part) },
        shown: () => text,
      };
    };
    const cases: [string[], Context['env'], boolean][] = [
      [[], {}, true],
      [['--no-color'], {}, false],
      [[], { NO_COLOR: '1' }, false],
      [['--color'], { NO_COLOR: '1' }, true],
    ];
    for (const [words, env, isColoured] of cases) {
      const screen = terminal(env);
      await mapcert(['certify', ...words], screen);
      expect(screen.shown().includes('\u001b[')).toBe(isColoured);
    }
    expect((await mapcert(['certify', '--color'])).out).toContain('\u001b[');
  });
});

describe('list and explain', () => {
  it('lists every rule once, with its chapter', async () => {
    const { out } = await mapcert(['list']);
    expect(out.trim().split('\n')).toHaveLength(CATALOGUE.length);
    expect(out).toMatch(/^REG-001 +MUST +provider +registration +Register the map provider/m);
    expect(JSON.parse((await mapcert(['list', 'requirements', '--json'])).out)).toHaveLength(
      CATALOGUE.length,
    );
  });

  it('lists chapters and faults', async () => {
    expect((await mapcert(['list', 'suites'])).out).toBe(
      'registration  1  what is registered\ndeletion      0  what is deleted\n',
    );
    expect((await mapcert(['list', 'faults'])).out).toMatch(/^M-001 +fail +REG-001/m);
  });

  it('explains a rule, and says when no chapter judges it', async () => {
    const { out } = await mapcert(['explain', 'reg-001']);
    for (const words of ['Asks', 'Source', 'Applies when', 'Passing shows', 'If it fails, look at'])
      expect(out).toContain(words);
    expect((await mapcert(['explain', 'CRE-001'])).out).toContain('not built yet');
  });
});

describe('diff and merge', () => {
  it('diff is 0 for equal reports, 1 when something got worse, and names it', async () => {
    const [a, b] = [
      write('a.json', pass),
      write(
        'b.json',
        recordOf([rowOf('REG-001', 'fail', { message: 'broke' }), rowOf('REG-002', 'pass')]),
      ),
    ];
    expect(await mapcert(['diff', a, a])).toMatchObject({
      code: 0,
      out: '0 changed, 0 worse; outcome CONFORMANT → CONFORMANT\n',
    });
    expect(await mapcert(['diff', a, b])).toMatchObject({
      code: 1,
      out: expect.stringContaining('    broke\n    ✗ REG-001  pass → fail') as string,
    });
    const back = await mapcert(['diff', b, a]);
    expect(back.out).toContain('✓ REG-001  fail → pass');
    // A rule that is gone is no improvement.
    expect(back).toMatchObject({
      code: 1,
      out: expect.stringContaining('✗ REG-002  pass → absent') as string,
    });
  });

  it('merge publishes the whole run with its exit code', async () => {
    const shards = [1, 2].map((index) =>
      write(
        `s${index}.json`,
        recordOf(
          [
            rowOf('REG-001', index === 1 ? 'pass' : 'not-selected'),
            rowOf('REG-002', index === 2 ? 'fail' : 'not-selected'),
          ],
          {
            selection: { suites: null, only: null, level: null, shard: `${index}/2` },
          },
        ),
      ),
    );
    const { code, out } = await mapcert(['merge', ...shards, '--report', 'json', '--quiet']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'NON-CONFORMANT',
      selection: { shard: null },
    });
    expect(await mapcert(['merge', shards[0]!])).toMatchObject({ code: 4, out: '' });
  });

  it.each([
    ['torn', '{"schema": "custom-map-conf', 'torn or no JSON'],
    ['foreign', '{"schema": "another"}', 'none of this tool'],
    ['empty', '', 'torn or no JSON'],
  ])('a %s report is refused', async (_name, text, sentence) => {
    expect(await mapcert(['merge', write('bad.json', text)])).toMatchObject({
      code: 4,
      err: expect.stringContaining(sentence) as string,
    });
  });
});

describe('replay', () => {
  const file: ReplayFile = {
    schema: 'custom-map-conformance/replay@1',
    subject: { kind: 'in-process', name: 'x', sha256: 'a' },
    requirement: 'REG-001',
    revision: 'merged',
    seed: 1,
    plan: sequential('p', [{ op: 'start' }]),
    choices: [0, 1],
  };
  const result = (verdict: ReplayResult['verdict']): ReplayResult => ({
    reproduced: true,
    requirement: 'REG-001',
    verdict,
    message: 'expected: a; saw: b',
    subjectChanged: false,
    plan: sequential('p', [{ op: 'start' }]),
    choices: [],
    trace: [],
  });

  it.each([
    ['fail', 1],
    ['crash', 1],
    ['pass', 0],
    ['inconclusive', 2],
    ['harness-error', 7],
  ] as const)('a rule that is %s again ends with %i', async (verdict, code) => {
    let asked: ReplayOptions | undefined;
    const replay = (options: ReplayOptions) => {
      asked = options;
      return Promise.resolve(result(verdict));
    };
    const ended = await mapcert(['replay', write('r.json', file)], { replay });
    expect(ended.code).toBe(code);
    expect(ended.out).toContain('Reproduced');
    expect(asked).toMatchObject({ replay: file, folder, subject: null });
  });

  it('takes the counterexample of a rule out of a report', async () => {
    const report = write('golden.json', goldenRecord());
    const id = goldenRecord().requirements.find((row) => row.verdict === 'fail')!.id;
    expect(
      (
        await mapcert(['replay', id, '--from', report], {
          replay: () => Promise.resolve(result('fail')),
        })
      ).code,
    ).toBe(1);
    expect(await mapcert(['replay', 'UNLOAD-001', '--from', report])).toMatchObject({
      code: 4,
      err: expect.stringContaining('no counterexample') as string,
    });
  });

  it('takes a word instead of a file', async () => {
    const replay = (options: ReplayOptions) => {
      expect(options.replay).toEqual(file);
      return Promise.resolve(result('fail'));
    };
    const word = encodeReplay(file);
    expect((await mapcert(['replay', word], { replay })).code).toBe(1);
    for (const bad of [
      word.slice(0, -20),
      'r1.',
      encodeReplay({ ...file, schema: 'x' } as never),
    ]) {
      expect(await mapcert(['replay', bad])).toMatchObject({ code: 4, out: '' });
    }
  });

  it.each<[string, unknown]>([
    ['torn', JSON.stringify(file).slice(0, 60)],
    ['of another schema', { ...file, schema: 'x' }],
    ['without a plan', { ...file, plan: undefined }],
    ['with a negative choice', { ...file, choices: [-1] }],
    ['with a path for a rule', { ...file, requirement: '../../x' }],
  ])('a file %s is refused', async (_name, data) => {
    expect(await mapcert(['replay', write('bad.json', data)])).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/^mapcert: [^\n]+\n$/) as string,
    });
  });
});

describe('selftest', () => {
  const killed = {
    id: 'M-001',
    violates: ['REG-001'],
    killedBy: ['REG-001'],
    expected: true,
    message: null,
    runsToKill: 1,
    operationsToKill: 1,
  };
  const spared = { id: 'V-001', outcome: 'CONFORMANT', falseAlarms: [] };
  it.each([
    [[killed], [spared], 0],
    [[killed, { ...killed, expected: false, killedBy: [] }], [spared], 1],
    [[killed], [{ ...spared, falseAlarms: ['REG-001'] }], 1],
    [[killed], [{ ...spared, outcome: 'INCOMPLETE' }], 1],
    [[], [], 6],
  ])('%j %j ends with %i', async (faults, variants, code) => {
    const selftest = () =>
      Promise.resolve({ faults, variants, runtimes: [], unproven: [], totals: {} });
    expect((await mapcert(['selftest'], { selftest })).code).toBe(code);
  });

  it('says which name of --only was judged nowhere, and is not green then', async () => {
    const runtimes = [{ ...killed, id: 'R-001.as-shipped.so' }];
    const selftest = () =>
      Promise.resolve({ faults: [killed], variants: [spared], runtimes, unproven: [], totals: {} });
    const asked = (...only: string[]) => mapcert(['selftest', '--only', ...only], { selftest });
    expect(await asked('M-001', 'V-001', 'R-001')).toMatchObject({ code: 0, err: '' });
    expect(await asked('M-001', 'M-0')).toMatchObject({
      code: 6,
      err: 'mapcert: --only M-0 names nothing that was judged here; it takes whole ids, as selftest --json has them\n',
    });
  });
});

describe('the process', () => {
  const run = (...argv: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'harness/main.ts', ...argv]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  it('ends with the code and the one sentence', async () => {
    expect(await run('certify', '--runs', '0')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: "mapcert: --runs '0' is no whole number from 1 to 10000000\n",
    });
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
  });

  it('survives a reader that leaves', async () => {
    const piped = await promisify(execFile)('sh', [
      '-c',
      `"${process.execPath}" --import tsx harness/main.ts list | head -n 1`,
    ]);
    expect(piped.stderr).toBe('');
    expect(piped.stdout).toMatch(/^REG-001/);
  });
});
