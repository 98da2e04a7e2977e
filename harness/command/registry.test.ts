/** `mapcert registry`: its reports, waivers and exit codes are those of every other subject. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, expect, it } from 'vitest';
import { edited, headerText } from '../../fixtures/headers/edit.ts';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { checkReport } from '../../reports/check-report.ts';
import type { RunRecord } from '../conclude/record.ts';
import { certifyHeader } from '../run/certify.ts';
import type { Context } from './context.ts';
import { main } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'mapcert-registry-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const never = (): never => {
  throw new TypeError('not asked for');
};

const mapcert = async (...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
  let [out, err] = ['', ''];
  const context: Context = {
    ...{ certify: never, certifyRuntime: never, certifyHeader, replay: never, shrink: never },
    ...{
      probe: never,
      mutate: never,
      selftest: never,
      chapters: () => Promise.resolve(CHAPTERS),
      env: {},
    },
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  };
  return { code: await main(['registry', ...argv], context), out, err };
};

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const text = headerText('ebpf_structs.h');
const right = file('right.h', text);
/** A type that nobody knows takes a number that is taken: one finding of ENUM-003. */
const wrong = file(
  'wrong.h',
  edited(text, [
    ['    BPF_MAP_TYPE_MAX ///<', '    BPF_MAP_TYPE_FLOWMAP = 16,\n    BPF_MAP_TYPE_MAX ///<'],
  ]),
);

const recordOf = async (...argv: string[]): Promise<{ code: number; record: RunRecord }> => {
  const report = join(folder, 'record.json');
  const { code } = await mapcert(...argv, '--report', `json=${report}`);
  const record = JSON.parse(readFileSync(report, 'utf8')) as RunRecord;
  expect(checkReport(record)).toMatchObject({ ok: true });
  return { code, record };
};

it('reads its options and gives the exit code', async () => {
  const ended = await mapcert(right, '--type', 'XSKMAP=16', '--type', '17', '--json');
  expect(ended.code).toBe(1);
  expect(JSON.parse(ended.out)).toMatchObject({ findings: [{ rule: 'ENUM-002' }] });
  expect(await mapcert(right)).toMatchObject({ code: 0, err: '' });
});

it('writes the reports of every other subject', async () => {
  const { code, record } = await recordOf(wrong);
  expect({ code, outcome: record.outcome }).toEqual({ code: 1, outcome: 'NON-CONFORMANT' });
  const broken = record.requirements.filter(({ verdict }) => verdict === 'fail');
  expect(broken.map(({ id }) => id)).toEqual(['ENUM-003']);
  expect(broken[0]?.message).toMatch(/wrong\.h:\d+:\d+: .*FLOWMAP/);
  const junit = join(folder, 'junit.xml');
  await mapcert(wrong, '--report', `junit=${junit}`);
  const read = new XMLParser({ ignoreAttributes: false }).parse(readFileSync(junit)) as object;
  expect(JSON.stringify(read)).toContain('FLOWMAP');
  expect((await recordOf(right)).record.outcome).toBe('CONFORMANT');
});

it('lets waivers excuse a cause, and says when one is stale', async () => {
  const { record } = await recordOf(wrong);
  const waivers = record.requirements.flatMap(({ id, causes = [] }) =>
    causes.map(({ key }) => ({ id, reason: 'renumbered with the next release', cause: key })),
  );
  const list = file('waivers.json', JSON.stringify(waivers));
  expect(await recordOf(wrong, '--waivers', list)).toMatchObject({
    code: 0,
    record: { outcome: 'CONFORMANT-WITH-WAIVERS' },
  });
  expect((await recordOf(right, '--waivers', list)).code).toBe(3);
  expect((await mapcert(wrong, '--waivers', list)).out).toMatch(
    /CONFORMANT-WITH-WAIVERS[^]*exit code 0/,
  );
  expect((await mapcert(right, '--waivers', list)).out).toContain('exit code 3');
  const none = await mapcert(right, '--waivers', file('none.json', '{}'));
  expect(none).toMatchObject({ code: 4, out: '' });
});

it('puts the error into every report', async () => {
  const { code, record } = await recordOf(file('empty.h', 'int x;\n'));
  expect(code).toBe(6);
  expect(record).toMatchObject({ outcome: 'INVALID', exitCode: 6, requirements: [] });
  expect(await mapcert(join(folder, 'absent.h'))).toMatchObject({ code: 4, out: '' });
});
