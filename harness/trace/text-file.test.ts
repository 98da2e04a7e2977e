/** Text as editors of all systems write it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../errors/errors.ts';
import { loadConfig } from '../execute/config.ts';
import { readErrata } from '../conclude/errata.ts';
import { readWaivers } from '../conclude/waivers.ts';
import { readHeader } from '../registry/read-header.ts';
import { decodeText } from './text-file.ts';

let folder = '';
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'text-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: Buffer | string): string => {
  writeFileSync(path.join(folder, name), bytes);
  return path.join(folder, name);
};

const marked = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;
const readers: readonly [string, string, (name: string) => unknown][] = [
  ['config.json', '{\n"keySizes": [4]\n}\n', (name) => loadConfig(name, 'x')],
  ['config.mjs', 'export default\n{ keySizes: [4] };\n', (name) => loadConfig(name, 'x')],
  ['waivers.json', '[]\n', readWaivers],
  [
    'errata.yaml',
    'schema: custom-map-conformance/errata@1\nerrata: []\n',
    (name) => readErrata(name),
  ],
  ['structs.h', '#define X\n', readHeader],
];

describe.each(readers)('%s', (name, text, read) => {
  it('is read with a byte order mark and line ends of Windows', async () => {
    await expect(Promise.resolve(read(file(name, marked(text))))).resolves.toBeDefined();
  });

  it.each(['\ufeff', ''])('is named when it is UTF-16, with %j in front', async (mark) => {
    const act = async (): Promise<unknown> => read(file(name, Buffer.from(mark + text, 'utf16le')));
    await expect(act()).rejects.toThrow('UTF-16 text; save it as UTF-8');
  });
});

describe('decodeText', () => {
  it('leaves other text as it is', () => {
    expect(decodeText(Buffer.from('é\r\n'), 'x')).toBe('é\r\n');
    expect(decodeText(Buffer.from(''), 'x')).toBe('');
    expect(() => decodeText(Buffer.from([0xfe, 0xff, 0, 65]), 'x')).toThrow(UsageError);
  });
});
