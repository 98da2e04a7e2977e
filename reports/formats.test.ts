/**
 * Formats that other programs read, each read by its own schema or by a program that reads it, for
 * every end of a run. What is not green must be red there.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv } from 'ajv';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { parseV2 } from 'test-results-parser';
import { afterAll, describe, expect, it } from 'vitest';
import { goldenRecord, recordOf, rowOf } from '../harness/run/golden.fixture.ts';
import type { RunRecord } from '../harness/conclude/record.ts';
import { ENDS } from './records.fixture.ts';
import { render } from './reporter.ts';
import type { Format } from './reporter.ts';
import { linksOf } from './source-links.ts';
import { violationsOf } from './violation-view.ts';

const guide = () => ({ look: 'the callback.' });
const text = (format: Format, record: RunRecord): Promise<string> =>
  render(format, record, { guide, colour: false });

const folder = mkdtempSync(path.join(tmpdir(), 'formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ends = [
  ...Object.entries(ENDS).map(([name, end]) => ({ name, ...end })),
  { name: 'every verdict', record: goldenRecord(), isGreen: false },
];

// The formats of JSON Schema are checked where they matter, by the tests below.
const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
const sarifSchema = JSON.parse(
  readFileSync(
    createRequire(import.meta.url).resolve(
      '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
    ),
    'utf8',
  ),
) as { $schema?: string; id?: string };
// Draft 4 as ajv reads it: the words it uses mean the same in draft 7.
delete sarifSchema.$schema;
delete sarifSchema.id;
const isSarif = ajv.compile(sarifSchema);

type Result = { kind: string; level: string; ruleId?: string; suppressions?: unknown[] };
type Log = { runs: [{ results: Result[]; invocations: [{ exitCode: number }] }] };

/** What shields.io takes from an endpoint: its documented members, and no others. */
const isBadge = ajv.compile({
  type: 'object',
  required: ['schemaVersion', 'label', 'message'],
  additionalProperties: false,
  properties: {
    schemaVersion: { const: 1 },
    label: { type: 'string' },
    message: { type: 'string', minLength: 1 },
    color: { enum: ['brightgreen', 'yellowgreen', 'orange', 'red', 'blue', 'lightgrey'] },
    isError: { type: 'boolean' },
  },
});

describe.each(ends)('$name', ({ record, isGreen }) => {
  it('is TRX that a reader of TRX takes for what it is', async () => {
    const xml = await text('trx', record);
    expect(XMLValidator.validate(xml)).toBe(true);
    const file = path.join(folder, 'report.trx');
    writeFileSync(file, xml);
    const { result } = parseV2({ type: 'mstest', files: [file] });
    expect(result?.status).toBe(isGreen ? 'PASS' : 'FAIL');
    const rules = result?.suites.flatMap(({ cases }) => cases) ?? [];
    for (const { id } of record.requirements)
      expect(rules.filter(({ name }) => name.includes(`.${id} `))).toHaveLength(1);
    const counters = /<Counters total="(\d+)" executed="\d+" passed="(\d+)" failed="(\d+)"/.exec(
      xml,
    )!;
    expect(counters.slice(1).map(Number)).toEqual([result?.total, result?.passed, result?.failed]);
    expect(xml).toContain(`<ResultSummary outcome="${isGreen ? 'Completed' : 'Failed'}">`);
  });

  it('is SARIF by its schema', async () => {
    const log = JSON.parse(await text('sarif', record)) as Log;
    expect(isSarif(log), JSON.stringify(isSarif.errors?.[0])).toBe(true);
    const [{ results, invocations }] = log.runs;
    expect(invocations[0].exitCode).toBe(record.exitCode);
    const red = results.filter(
      ({ kind, level, suppressions }) =>
        kind === 'open' || (kind === 'fail' && level === 'error' && !suppressions),
    );
    expect(red.length > 0).toBe(!isGreen);
  });

  it('is an endpoint of shields.io', async () => {
    const badge = JSON.parse(await text('badge', record)) as { color: string };
    expect(isBadge(badge), JSON.stringify(isBadge.errors?.[0])).toBe(true);
    expect(/green/.test(badge.color)).toBe(isGreen);
  });

  it('is annotations, each one command a line', async () => {
    const lines = (await text('github', record)).trimEnd().split('\n');
    for (const line of lines)
      expect(line).toMatch(
        /^::(error|warning|notice) (?:\w+=[^,:\r\n]*,)*title=[^,:\r\n]+::[^\r\n]+$/,
      );
    expect(lines.some((line) => line.startsWith('::error '))).toBe(!isGreen);
    for (const kind of ['error', 'warning', 'notice'])
      expect(lines.filter((line) => line.startsWith(`::${kind} `)).length).toBeLessThanOrEqual(11);
  });

  it('is JUnit that a reader of JUnit takes for what it is', async () => {
    const file = path.join(folder, 'report.xml');
    writeFileSync(file, await text('junit', record));
    const { result } = parseV2({ type: 'junit', files: [file] });
    expect(result?.status).toBe(isGreen ? 'PASS' : 'FAIL');
  });
});

describe('trx', () => {
  it('has every id once, and each result its definition and entry', async () => {
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' });
    type Ids = Record<'@testId' | '@executionId' | '@id', string>;
    const { TestRun: run } = parser.parse(await text('trx', goldenRecord())) as {
      TestRun: {
        Results: { UnitTestResult: Ids[] };
        TestDefinitions: { UnitTest: Ids[] };
        TestEntries: { TestEntry: Ids[] };
      };
    };
    const tests = run.Results.UnitTestResult.map((one) => one['@testId']);
    expect(new Set(tests).size).toBe(tests.length);
    expect(run.TestDefinitions.UnitTest.map((one) => one['@id'])).toEqual(tests);
    expect(run.TestEntries.TestEntry.map((one) => one['@testId'])).toEqual(tests);
    for (const id of tests) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

describe('sarif', () => {
  it('suppresses what is waived, and names the line of a header', async () => {
    const waiver = { reason: 'ticket', expires: null };
    const waived = await text(
      'sarif',
      recordOf([rowOf('REG-001', 'waived', { waiver, message: 'x' })]),
    );
    expect((JSON.parse(waived) as Log).runs[0].results).toMatchObject([
      { suppressions: [{ kind: 'external', justification: 'ticket' }] },
    ]);
    const header = await text('sarif', ENDS['header']!.record);
    expect(header).toContain('"uri": "include/ebpf_structs.h"');
    expect(header).toContain('"startLine": 17');
  });
});

describe('github', () => {
  it('shows ten of many, the gravest first, and counts the rest', async () => {
    const ids = goldenRecord()
      .requirements.slice(0, 40)
      .map(({ id }) => id);
    const lines = (
      await text(
        'github',
        recordOf(
          ids.map((id, index) => rowOf(id, index === 39 ? 'crash' : 'fail', { message: 'x' })),
        ),
      )
    ).split('\n');
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines[0]).toContain(`title=${ids[39]} crash`);
    expect(lines.at(-2)).toContain('title=31 more::');
  });

  it('is one for a cause, however many rules that breaks or leaves open', async () => {
    const finding = {
      ...{ key: 'k', nature: 'other', rule: 'CRE-003', alsoBreaks: ['CRUD-UPD-003'] },
      ...{ verdict: 'fail', callback: 'preprocess_map_create', call: 'preprocess_map_create()' },
      ...{ operation: null, seq: null, did: 'kept the buffer', message: 'expected: a; saw: b' },
      unjudged: ['LIFE-002'],
    } as unknown as NonNullable<RunRecord['findings']>[number];
    const rows = [
      rowOf('CRE-003', 'fail', { message: 'expected: a; saw: b' }),
      rowOf('CRUD-UPD-003', 'fail', { message: 'expected: c; saw: d' }),
      rowOf('LIFE-002', 'inconclusive'),
    ];
    const shown = await text('github', recordOf(rows, { findings: [finding] }));
    expect(shown.trimEnd().split('\n')).toHaveLength(1);
    expect(shown).toContain('title=CRE-003 fail%3A preprocess_map_create::kept the buffer%0A');
    expect(shown).toContain('also breaks CRUD-UPD-003%0Anot judged since LIFE-002');
  });

  it('is one for a reason why rules are open', async () => {
    const rows = ['REG-001', 'REG-002', 'REG-003'].map((id) => rowOf(id, 'vacuous'));
    const lines = (await text('github', recordOf(rows))).trimEnd().split('\n');
    expect(lines).toEqual([
      '::error title=REG-001 and 2 more are open::vacuous: reason of vacuous%0AREG-001 REG-002 REG-003',
    ]);
  });

  it('stands at the line of a header', async () => {
    expect(await text('github', ENDS['header']!.record)).toMatch(
      /^::error file=include\/ebpf_structs\.h,line=17,col=5,title=ENUM-001 fail%3A/,
    );
  });
});

describe('links into the contract', () => {
  const every = goldenRecord().requirements.map(({ id }) => id);

  it('lead nearly every rule to lines at one commit, or to a discussion', () => {
    const views = violationsOf(
      recordOf(every.map((id) => rowOf(id, 'fail', { message: 'x' }))),
      guide,
      80,
    );
    const linked = views.filter(({ source }) =>
      linksOf(source).some(({ href }) =>
        /^https:\/\/github\.com\/microsoft\/ebpf-for-windows\/(blob\/[0-9a-f]{40}\/[\w./]+(\?plain=1)?#L\d+(-L\d+)?|pull\/\d+|issues\/\d+)$/.test(
          href ?? '',
        ),
      ),
    );
    expect(linked.length / every.length).toBeGreaterThan(0.8);
  });

  it('are none where a source is nobody’s', () => {
    expect(linksOf('netioddk (NMR contract); toString')).toEqual([
      { text: 'netioddk (NMR contract)', href: null },
      { text: 'toString', href: null },
    ]);
  });
});
