/** The broken rule that README shows is what its command says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { buildNative } from '../native/build.ts';
import { certify } from '../run/certify.ts';
import { main } from './program.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = mkdtempSync(path.join(tmpdir(), 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

const unused = () => Promise.reject(new Error('not meant to be called'));

it('is told word by word', async () => {
  const [fault] = await buildNative('faults/LIFE-002-leaks-context');
  let said = '';
  const code = await main(['certify', fault!.library], {
    certify,
    ...{ certifyRuntime: unused, certifyHeader: unused, replay: unused, shrink: unused },
    ...{ probe: unused, selftest: unused, mutate: unused },
    chapters: () => Promise.resolve(CHAPTERS),
    stdout: { write: (text: string) => (said += text) },
    stderr: { write: () => undefined },
    workFolder: folder,
    env: {},
  });
  expect(code).toBe(1);
  const [, shown = ''] = /^```\n(\d+ finding[\s\S]*?)^```$/m.exec(
    readFileSync(path.join(root, 'README.md'), 'utf8'),
  )!;
  expect(shown).toContain('LIFE-002');
  // The short name of the run goes with the bytes of the library, which are the compiler's.
  const plain = (text: string): string => text.replace(/replay [0-9a-f]+/g, 'replay …');
  expect(plain(said)).toContain(plain(shown));
});
