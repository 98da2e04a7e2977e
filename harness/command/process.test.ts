/**
 * The command as a process: how it ends, and what is in the files, whatever the subject or the
 * system does to it.
 */
import { execFile, spawn } from 'node:child_process';
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkReport } from '../../reports/check-report.ts';

let folder = '';
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'mapcert-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const written = (name: string): string => readFileSync(at(name), 'utf8');

type Ended = { code: number | null; stdout: string; stderr: string };
const node = (...argv: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ code, stdout, stderr });
    });
  });
const mapcert = (...argv: string[]): Promise<Ended> => node('harness/mapcert.mjs', ...argv);
const shell = (text: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn('bash', ['-c', text]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
const oneSentence = /^mapcert: [^\n]+\n$/;

const object = pathToFileURL(path.resolve('fixtures/providers/object-map.ts')).href;
/** A module that runs this text on import, over the right object map with a deviation. */
const subject = (name: string, text: string, deviation = ''): string => {
  const file = at(`${name}.mts`);
  writeFileSync(
    file,
    `import { objectMap } from ${JSON.stringify(object)};\n${text}\n` +
      `export default objectMap({ name: ${JSON.stringify(name)}, ${deviation} });\n`,
  );
  return file;
};
const inUpdate = (text: string): string =>
  `table: () => ({ preprocess_map_update_element: () => { ${text} } })`;

describe('the entry', () => {
  it('says that Node.js is too old before anything is loaded', async () => {
    const fake = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } })`;
    const ended = await node('--import', fake, 'harness/mapcert.mjs', 'list');
    expect(ended).toMatchObject({ code: 7, stdout: '' });
    expect(ended.stderr).toMatch(oneSentence);
    expect(ended.stderr).toContain('Node.js 18.20.4 is too old');
  });

  it('says which package is missing, in the package and from source', async () => {
    mkdirSync(at('built'));
    copyFileSync('harness/mapcert.mjs', at('built/mapcert.mjs'));
    writeFileSync(at('built/main.js'), `import 'not-there-at-all';`);
    writeFileSync(at('built/package.json'), '{"type":"module"}');
    for (const name of ['not-there-at-all', 'tsx']) {
      const ended = await node(at('built/mapcert.mjs'), 'list');
      expect(ended).toMatchObject({ code: 7, stdout: '' });
      expect(ended.stderr).toMatch(oneSentence);
      expect(ended.stderr).toContain(`the package ${name} is missing`);
      writeFileSync(at('built/main.ts'), '');
    }
  });
});

describe('a subject that ends the process it runs in', () => {
  it.each([
    ['on import', 'process.exit(0);', '', 5],
    ['in a callback', '', inUpdate('process.exit(0)'), 1],
    ['by the back door', '', inUpdate('process.reallyExit(0)'), 1],
    ['by never being loaded', 'await new Promise(() => {});', '', 5],
  ])(
    '%s, never ends it with 0, and the reports are written',
    async (name, text, deviation, code) => {
      writeFileSync(at('junit.xml'), '<old/>');
      const file = subject(name.replaceAll(' ', '-'), text, deviation);
      const reports = [`junit=${at('junit.xml')}`, `json=${at('r.json')}`];
      const ended = await mapcert(
        'certify',
        file,
        '--in-process',
        '--suite',
        'update',
        '--quiet',
        '--report',
        ...reports,
      );
      expect(ended.code).toBe(code);
      expect(written('junit.xml')).toMatch(/<(error|failure) message/);
      const record: unknown = JSON.parse(written('r.json'));
      expect(checkReport(record)).toMatchObject({ ok: true });
      expect(record).toMatchObject({ exitCode: code });
    },
  );

  it('of a runtime, likewise', async () => {
    const file = at('runtime.mts');
    writeFileSync(file, 'export default (right) => ({ ...right, update: () => process.exit(0) });');
    expect((await mapcert('runtime', file, '--in-process', '--quiet')).code).toBe(1);
  });
});

describe('a subject in this process', () => {
  it('that prints does not spoil a report on standard output', async () => {
    const file = subject('prints', `console.log('hello'); process.stdout.write('{}');`);
    const { code, stdout, stderr } = await mapcert(
      'certify',
      file,
      '--in-process',
      '--suite',
      'enum',
      '--report',
      'json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: code });
    expect(stderr).toContain('hello');
  });

  it.each([['--in-process'], []])(
    'that replaces built-in functions is told so %s',
    async (...flags) => {
      const file = subject('swaps', `JSON.stringify = () => '{}'; Array.prototype.push = () => 0;`);
      const ended = await mapcert('certify', file, ...flags);
      expect(ended).toMatchObject({ code: 5, stdout: '' });
      expect(ended.stderr).toContain('replaces JSON.stringify, Array.prototype.push');
      expect(ended.stderr).toMatch(oneSentence);
    },
  );
});

describe.skipIf(process.platform === 'win32')('where reports go', () => {
  const certify = 'harness/mapcert.mjs certify --suite enum --quiet';

  it('a full standard output is a harness error', async () => {
    const ended = await shell(`"${process.execPath}" ${certify} --report json > /dev/full`);
    expect(ended.code).toBe(7);
    expect(ended.stderr).toMatch(oneSentence);
  });

  it('a reader that leaves too early is one too', async () => {
    const text = `"${process.execPath}" ${certify} --report json | true; exit \${PIPESTATUS[0]}`;
    const ended = await shell(text);
    expect(ended).toMatchObject({ code: 7, stdout: '' });
    expect(ended.stderr).toMatch(oneSentence);
  });

  it('devices, FIFOs, descriptors are written into, the target of a link too', async () => {
    symlinkSync(at('target.xml'), at('link.xml'));
    const text =
      `mkfifo ${at('fifo')}; cat ${at('fifo')} > ${at('from-fifo')} & ` +
      `"${process.execPath}" ${certify} --report json=/dev/stdout junit=${at('link.xml')} ` +
      `markdown=${at('fifo')} html=>(cat > ${at('from-cmd')}); code=$?; wait; exit $code`;
    const { code, stdout } = await shell(text);
    expect(code).toBe((JSON.parse(stdout) as { exitCode: number }).exitCode);
    expect(lstatSync(at('link.xml')).isSymbolicLink()).toBe(true);
    expect(lstatSync(at('fifo')).isFIFO()).toBe(true);
    expect(written('target.xml')).toMatch(/^<\?xml/);
    expect(written('from-fifo')).toMatch(/^# /);
    expect(written('from-cmd')).toMatch(/^<!doctype html>/);
  });

  it('a counterexample lies in --out and repeats from there', async () => {
    const file = subject('throws', '', inUpdate('throw new Error("no")'));
    const words = ['--suite', 'update', '--quiet', '--out', at('out')];
    expect((await mapcert('certify', file, ...words)).code).toBe(1);
    const names = readdirSync(at('out/counterexamples'));
    expect(names).toContain('CRUD-UPD-003.json');
    const again = await mapcert('replay', at('out/counterexamples/CRUD-UPD-003.json'));
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('Reproduced');
    expect(await mapcert('replay', at('out/report.json'))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--from') as string,
    });
  });
});
