/**
 * A certificate from the command line, of a subject that runs: made, verified, its runs made again
 * on the subject, and refused on another.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { pack, unpack } from '../bundle/archive.ts';
import { certify } from '../run/certify.ts';
import { main } from './program.ts';

const unused = () => Promise.reject(new Error('not asked for'));
const mapcert = async (...argv: string[]) => {
  let [out, err] = ['', ''];
  const code = await main(argv, {
    certify: (options) => certify(options),
    ...{ certifyRuntime: unused, certifyHeader: unused, replay: unused, shrink: unused },
    ...{ probe: unused, selftest: unused, mutate: unused },
    chapters: () => Promise.resolve(CHAPTERS),
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    env: {},
  });
  return { code, out, err };
};

const folder = mkdtempSync(path.join(tmpdir(), 'certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const right = fileURLToPath(new URL('../../fixtures/providers/object-hash.ts', import.meta.url));
const out = path.join(folder, 'out');
const file = path.join(out, 'certificate.zip');

beforeAll(async () => {
  const made = await mapcert(
    'certify',
    right,
    '--suite',
    'lifecycle',
    '--runs',
    '1',
    '--quiet',
    '--out',
    out,
  );
  expect(made).toMatchObject({ code: 0, err: '' });
});

describe('a certificate', () => {
  it('is made of the folder of --out, with the day that is given, and is whole', async () => {
    const made = await mapcert('bundle', out, '--date', '2027-01-31');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/certificate\.zip: PARTIAL, \d+ files, sha256 [0-9a-f]{64}\n$/);
    expect(await mapcert('verify', file)).toMatchObject({ code: 0, err: '' });
  });

  it('has runs that can be made again on its subject, and not on another', async () => {
    const again = await mapcert('verify', file, '--subject', right, '--challenge', '20');
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toMatch(/and 20 runs made again agree\.\n$/);
    const other = right.replace('object-hash', 'plain-full');
    const refused = await mapcert('verify', file, '--subject', other, '--challenge', '5');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/is refused: it is about another subject/);
  });

  it('carries a kill matrix, whose counts its page follows', async () => {
    const kills = path.join(folder, 'kills.json');
    const counts = { faults: [], variants: [], runtimes: [], unproven: [], totals: {} };
    writeFileSync(kills, JSON.stringify(counts));
    const proven = path.join(folder, 'proven.zip');
    const made = await mapcert('bundle', out, '--selftest', kills, '--file', proven);
    expect(made).toMatchObject({ code: 0, err: '' });
    const files = new Map(unpack(readFileSync(proven))!);
    expect(files.get('report.html')).toContain('Kill matrix of this build');
    expect(await mapcert('verify', proven)).toMatchObject({ code: 0, err: '' });
    files.delete('evidence/kill-matrix.json');
    writeFileSync(proven, pack(files));
    expect(await mapcert('verify', proven)).toMatchObject({ code: 1 });
    const none = await mapcert('bundle', out, '--selftest', path.join(out, 'report.json'));
    expect(none.err).toMatch(/--selftest .*report\.json is none of this tool/);
  });

  it('that was changed is refused', async () => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 30]! ^= 1;
    const torn = path.join(folder, 'torn.zip');
    writeFileSync(torn, bytes);
    const { code, err } = await mapcert('verify', torn);
    expect(code).toBe(1);
    expect(err).toMatch(/^mapcert: .*torn\.zip is refused: [^\n]+\n$/);
  });

  it('is refused before it is made where there is no evidence, or no such day', async () => {
    const bare = path.join(folder, 'bare');
    writeFileSync(path.join(folder, 'report.json'), '');
    expect(await mapcert('bundle', bare)).toMatchObject({ code: 4 });
    copyFileSync(path.join(out, 'report.json'), path.join(folder, 'report.json'));
    expect((await mapcert('bundle', folder)).err).toMatch(
      /no evidence of its runs; name the folder/,
    );
    expect((await mapcert('bundle', out, '--date', '2027-02-30')).err).toMatch(/no day such as/);
    expect(await mapcert('verify', path.join(folder, 'none.zip'))).toMatchObject({ code: 4 });
  });
});
