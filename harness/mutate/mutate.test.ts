/** Which mutants a source has, and what becomes of some whose fate is known. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { RequirementRecord } from '../conclude/record.ts';
import { HostPool } from '../host/host-pool.ts';
import { rowOf } from '../run/golden.fixture.ts';
import type { Fate } from '../run/options.ts';
import { findMutants, mutated } from './find-mutants.ts';
import { writeMutatedModule } from './mutated-module.ts';
import { mutate } from './mutate.ts';
import { fateOf, tryMutant } from './try-mutant.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'mutate-test-'));
const hosts = new HostPool();
afterAll(async () => {
  await hosts.close();
  rmSync(folder, { recursive: true, force: true });
});

const slips = async (text: string, language: 'c' | 'typescript'): Promise<string[]> =>
  (await findMutants(text, language, 'source')).map(
    ({ operator, from, to }) => `${operator}: ${from} → ${to}`,
  );

describe('the slips at a place', () => {
  test.each<['c' | 'typescript', string, string[]]>([
    [
      'c',
      'int f(int a) { if (a < 3) return EBPF_SUCCESS; g(a, b); return EBPF_NO_MEMORY; }',
      [
        'condition: (a < 3) → (0)',
        'condition: (a < 3) → (1)',
        'operator: < → <=',
        'operator: < → >=',
        'constant: 3 → 4',
        'constant: 3 → 2',
        'result: EBPF_SUCCESS → EBPF_INVALID_ARGUMENT',
        'dropped: g(a, b); → ;',
        'swapped: a, b → b, a',
        'result: EBPF_NO_MEMORY → EBPF_SUCCESS',
      ],
    ],
    [
      'c',
      'void f(void) { while (a == NULL) { x += 1; } }',
      [
        'condition: (a == NULL) → (0)',
        'operator: == → !=',
        'dropped: x += 1; → ;',
        'operator: += → -=',
        'constant: 1 → 2',
        'constant: 1 → 0',
      ],
    ],
    [
      'typescript',
      "const f = (a: number) => { if (!(a && b)) return 'EBPF_KEY_NOT_FOUND'; h.free(a); return true; };",
      [
        'condition: (!(a && b)) → (false)',
        'condition: (!(a && b)) → (true)',
        'negation: !(a && b) → (a && b)',
        'operator: && → ||',
        "result: 'EBPF_KEY_NOT_FOUND' → 'EBPF_SUCCESS'",
        'dropped: h.free(a); → ;',
        'result: true → false',
      ],
    ],
    ['typescript', "type T = 1 | 2; import a from 'b'; const s = 'a < b'; // 1 < 2", []],
  ])('%s: %s', async (language, text, expected) => {
    expect(await slips(text, language)).toEqual(expected);
  });

  test('has a name, a place, and changes nothing else', async () => {
    const text = 'let n = 0;\nif (n < 10) n = 5;\n';
    const found = await findMutants(text, 'typescript', 'source');
    const [, first] = found;
    expect(first).toMatchObject({ id: '2:4 condition', line: 2, column: 4 });
    expect(mutated(text, first!)).toBe('let n = 0;\nif (false) n = 5;\n');
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  });

  test('of what does not parse is refused', async () => {
    await expect(findMutants('const = ;', 'typescript', 'wrong.ts')).rejects.toThrow(
      '"wrong.ts" does not parse as typescript',
    );
  });
});

const subject = path.resolve('fixtures/providers/plain-full.ts');
const source = path.resolve('fixtures/providers/plain-map.ts');
const text = readFileSync(source, 'utf8');

test('a module is written so that only the mutated file is another', async () => {
  const written = writeMutatedModule(subject, source, text, path.join(folder, 'same'))!;
  const module = (await import(pathToFileURL(written).href)) as { default: { name: string } };
  expect(module.default.name).toBe('plain-full');
  expect(writeMutatedModule(subject, path.resolve('README.md'), '', folder)).toBeNull();
});

describe('the fate of a mutant', () => {
  const fateOf = async (from: string, to: string, name: string) => {
    expect(text.split(from).length, `"${from}" stands once`).toBe(2);
    const file = writeMutatedModule(
      subject,
      source,
      text.replace(from, to),
      path.join(folder, name),
    );
    const options = { seed: 1, config: null, hosts, warns: [] };
    const { fate, rules } = await tryMutant(file!, options);
    return [fate, ...rules.slice(0, 1)];
  };

  test('that breaks a MUST', async () => {
    expect(await fateOf('version: 1,', 'version: 2,', 'must')).toEqual(['killed', 'ABI-001']);
  });

  test('that does not load', async () => {
    expect(await fateOf('version: 1,', 'version: ,', 'load')).toEqual(['refused']);
  });
});

describe('what a whole certification makes of a mutant', () => {
  test.each<[string, RequirementRecord[], readonly string[], Fate, string[]]>([
    ['a MUST', [rowOf('REG-001', 'fail')], [], 'killed', ['REG-001']],
    ['a SHOULD that binds', [rowOf('ABI-003', 'fail')], [], 'killed', ['ABI-003']],
    ['open', [rowOf('REG-001', 'vacuous')], [], 'open', ['REG-001']],
    ['a SHOULD', [rowOf('ABI-003', 'warn')], [], 'warned', ['ABI-003']],
    ['one as before', [rowOf('ABI-003', 'warn')], ['ABI-003'], 'survived', []],
    ['nothing', [rowOf('REG-001', 'pass')], [], 'survived', []],
  ])('%s', (_, rows, warns, fate, rules) => {
    expect(fateOf(rows, warns)).toMatchObject({ fate, rules });
  });
});

test('a subject that is not certified has no mutants', async () => {
  const wrong = path.join(folder, 'wrong.mjs');
  writeFileSync(wrong, "export default { name: 'wrong', start() {}, stop() {} };\n");
  const options = { subject: wrong, source: wrong, beside: [], config: null, seed: 1, most: 1 };
  await expect(mutate({ ...options, jobs: 1, progress: () => undefined })).rejects.toThrow(
    'the unchanged subject is not certified',
  );
});

test('what is neither C nor a module is refused by its ending', async () => {
  const options = { subject: 'README.md', source: 'README.md', beside: [], config: null, seed: 1 };
  await expect(mutate({ ...options, most: 1, jobs: 1, progress: () => undefined })).rejects.toThrow(
    '"README.md" is neither C nor a module',
  );
});
