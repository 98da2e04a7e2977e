/** What is no subject is refused in one sentence that says what, where and what next. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SubjectError } from '../errors/errors.ts';
import { loadSubject } from './load-subject.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-load-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, contents: string | Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, contents);
  return file;
};

const refusal = async (file: string): Promise<string> => {
  const reason: unknown = await loadSubject(file).then(
    () => null,
    (error: unknown) => error,
  );
  expect(reason).toBeInstanceOf(SubjectError);
  return (reason as SubjectError).message;
};

/** An ELF header of a library for the machine. */
const elf = (machine: number, type = 3): Uint8Array => {
  const bytes = new Uint8Array(128);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes[16] = type;
  bytes[18] = machine;
  return bytes;
};

/** A PE header likewise. */
const pe = (machine: number): Uint8Array => {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4d, 0x5a]);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x84, machine, true);
  view.setUint16(0x96, 0x2000, true);
  return bytes;
};

describe('a file that is no library', () => {
  it('is told from one, by name, kind and what is needed', async () => {
    const other = process.arch === 'x64' ? ([0xb7, 'arm64'] as const) : ([0x3e, 'x64'] as const);
    expect(await refusal(path.join(folder, 'none.so'))).toMatch(/^There is no file ".*none\.so"/);
    mkdirSync(path.join(folder, 'folder.so'));
    expect(await refusal(path.join(folder, 'folder.so'))).toMatch(/is a directory/);
    expect(await refusal(write('text.so', 'hello'))).toMatch(/no shared library: it has no ELF/);
    expect(await refusal(write('other.so', elf(other[0])))).toMatch(
      new RegExp(`"other.so" is ELF for ${other[1]}; this Node.js needs .* for ${process.arch}`),
    );
    expect(await refusal(write('other.dll', pe(0xaa64)))).toMatch(/is PE \(Windows\) for arm64/);
    expect(await refusal(write('a.txt', ''))).toMatch(/no subject by its ending: expected \.so/);
  });

  it.runIf(process.platform === 'linux')('is told when it is a program or broken', async () => {
    const own = process.arch === 'x64' ? 0x3e : 0xb7;
    expect(await refusal(write('program.so', elf(own, 2)))).toMatch(/link it with -shared/);
    expect(await refusal(write('broken.so', elf(own)))).toMatch(
      /"broken.so" could not be loaded: /,
    );
  });
});

describe('a module that is no provider', () => {
  it.each([
    ['nothing.mjs', 'export const a = 1;', /has no default export: export a provider module/],
    ['text.mjs', 'export default "x";', /default export of "text.mjs" is a string: expected/],
    ['null.mjs', 'export default null;', /is a null/],
    ['start.mjs', 'export default { name: "a", stop() {} };', /"start" of "start.mjs" is missing/],
    ['stop.mjs', 'export default { name: "a", start() {}, stop: 1 };', /"stop" .* is a number/],
    ['name.mjs', 'export default { start() {}, stop() {} };', /"name" of "name.mjs" is no text/],
    ['throws.mjs', 'throw new RangeError("too far");', /imported: RangeError: too far/],
    ['finds.mjs', 'import "./nowhere.mjs";', /could not be imported: /],
  ])('%s is refused', async (name, text, sentence) => {
    expect(await refusal(write(name, text))).toMatch(sentence);
  });
});

describe('a module', () => {
  const text =
    'let n = 0; export default { name: "a\\u202eb", start(h) { h.log(String((n += 1))); }, stop() {} };';

  it('is loaded under a name that can be shown', async () => {
    const loaded = await loadSubject(write('right.mjs', text));
    expect(loaded).toMatchObject({ kind: 'in-process', name: 'a\\u{202e}b', profile: null });
    expect(loaded.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has its own state anew only when asked', async () => {
    const loaded = await loadSubject(write('state.mjs', text));
    const said: string[] = [];
    const host = { log: (line: string) => said.push(line) } as never;
    for (const fresh of [false, false, true]) (await loaded.open({ fresh })).start(host);
    expect(said).toEqual(['1', '2', '1']);
  });
});
