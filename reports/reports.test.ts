/**
 * Every renderer on the golden record: complete, well formed, equal bytes, and no word of a subject
 * acts.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { checkReport } from './check-report.ts';
import { goldenRecord, recordOf, rowOf } from '../harness/run/golden.fixture.ts';
import { differenceOf } from './diff.ts';
import { FORMATS, GLANCES, render } from './reporter.ts';
import type { Format } from './reporter.ts';
import type { RunRecord } from '../harness/conclude/record.ts';
import { renderSummary } from './summary.ts';

const guide = () => ({ look: 'the delete callback and its flags.' });
const text = (format: Format, record: RunRecord, colour = false): Promise<string> =>
  render(format, record, { guide, colour });

// Controls but line feeds, format characters, lone surrogates.
const UNDRAWABLE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029]/u;

describe.each(FORMATS)('%s', (format) => {
  it('is byte-equal for equal records', async () => {
    expect(await text(format, goldenRecord())).toBe(
      await text(format, structuredClone(goldenRecord())),
    );
  });

  it('ends in one line feed and draws every character that it holds', async () => {
    const shown = await text(format, goldenRecord());
    expect(shown).toMatch(/[^\n]\n$/);
    expect(UNDRAWABLE.exec(shown)).toBeNull();
  });

  it('bounds what a subject says', async () => {
    const record = recordOf([rowOf('REG-001', 'fail', { message: 'x'.repeat(5_000_000) })], {
      subject: { kind: 'native', name: 'n'.repeat(5_000_000), mapTypes: [], sha256: '' },
      notes: ['y'.repeat(5_000_000)],
    });
    expect((await text(format, record)).length).toBeLessThan(100_000);
  });
});

describe('what a verdict rests on', () => {
  const grounds = goldenRecord().restsOn!;

  it.each(FORMATS.filter((format) => format !== 'json' && !GLANCES.includes(format)))(
    'stands in %s',
    async (format) => {
      const shown = await text(format, goldenRecord());
      const at = shown.indexOf('This verdict rests on');
      expect(at).toBeGreaterThan(0);
      // Findings alone go before it: no rule is told before what excuses rules.
      const bodyAt = Math.max(0, shown.indexOf('<main>'));
      expect(shown.slice(bodyAt, shown.indexOf('This verdict rests on', bodyAt))).not.toMatch(
        /Broken as|Not tested|All rules|<testcase/,
      );
      const flat = shown.replace(/\s+/g, ' ').replaceAll('\\_', '_');
      for (const { what, excuses } of grounds) {
        expect(flat).toContain(what.slice(0, 11));
        for (const id of excuses) expect(flat).toContain(id);
      }
    },
  );

  it('is counted in the head of a summary, however short', () => {
    for (const isBrief of [true, false]) {
      const shown = renderSummary(goldenRecord(), { colour: false, guide, isBrief });
      const head = shown.split('\n\n')[0]!.replace(/\s+/g, ' ');
      const excused = new Set(grounds.flatMap(({ excuses }) => excuses)).size;
      expect(head).toMatch(/This verdict rests on grounds: \d+ \w+/);
      expect(head).toMatch(new RegExp(`; ${excused} rules? excused$`));
    }
  });

  it('counts as a circumstance of a comparison', () => {
    const before = goldenRecord();
    const after = { ...before, restsOn: grounds.slice(1) };
    expect(differenceOf(before, after).circumstances.join()).toMatch(
      /^rests on: declared userLookup/,
    );
    expect(differenceOf(before, before).circumstances).toEqual([]);
  });
});

describe('json', () => {
  it('is the record again, accepted by its schema', async () => {
    const data: unknown = JSON.parse(await text('json', goldenRecord()));
    expect(data).toEqual(goldenRecord());
    expect(checkReport(data)).toMatchObject({ ok: true });
  });

  it('is the same when the members of the record stand in another order', async () => {
    const record = goldenRecord();
    const turned = Object.fromEntries(Object.entries(record).reverse()) as RunRecord;
    expect(await text('json', turned)).toBe(await text('json', record));
  });

  it.each([
    [
      'an unknown verdict',
      (record: RunRecord) => Object.assign(record.requirements[3]!, { verdict: 'ok' }),
      '/requirements/3/verdict',
    ],
    ['a missing seed', (record: RunRecord) => Reflect.deleteProperty(record, 'seed'), 'seed'],
    [
      'a rule twice',
      (record: RunRecord) => record.requirements.push(record.requirements[0]!),
      'REG-001 appears more than once',
    ],
  ])('%s does not pass the schema', (_name, spoil, problem) => {
    const record = goldenRecord();
    spoil(record);
    const checked = checkReport(record);
    expect(checked.ok ? '' : checked.problem).toContain(problem);
  });
});

type Case = {
  '@name': string;
  failure?: unknown;
  error?: unknown;
  skipped?: { '@message': string } | '';
};
const casesOf = (xml: string): Case[] => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: (name) => ['testsuite', 'testcase'].includes(name),
  });
  const parsed = parser.parse(xml) as { testsuites: { testsuite: { testcase: Case[] }[] } };
  return parsed.testsuites.testsuite.flatMap((suite) => suite.testcase);
};

describe('junit', () => {
  it('is well formed and has one case per rule', async () => {
    const record = goldenRecord();
    const xml = await text('junit', record);
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(casesOf(xml)).toHaveLength(record.requirements.length);
    expect(xml).not.toMatch(/\b(time|timestamp|hostname)=/);
  });

  it('is well formed however often a text ends a CDATA section', async () => {
    const message = ']]><b '.repeat(5);
    const xml = await text(
      'junit',
      recordOf([rowOf('REG-001', 'fail', { message }), rowOf('REG-002', 'waived', { message })]),
    );
    expect(XMLValidator.validate(xml)).toBe(true);
  });

  it('tells each verdict in the documented word', async () => {
    const record = goldenRecord();
    const told = new Map(
      casesOf(await text('junit', record)).map((found) => [
        found['@name'].split(' ')[0],
        'failure' in found
          ? 'failure'
          : 'error' in found
            ? 'error'
            : 'skipped' in found
              ? 'skipped'
              : 'passed',
      ]),
    );
    const words = Object.fromEntries(
      record.requirements.map(({ id, verdict }) => [verdict, told.get(id)]),
    );
    expect(words).toEqual({
      pass: 'passed',
      fail: 'failure',
      warn: 'passed',
      info: 'passed',
      vacuous: 'error',
      'not-applicable': 'skipped',
      inconclusive: 'error',
      crash: 'error',
      hang: 'error',
      waived: 'skipped',
      'harness-error': 'error',
      'not-selected': 'skipped',
    });
  });

  it('skips a SHOULD that is vacuous', async () => {
    const cases = casesOf(
      await text(
        'junit',
        recordOf([rowOf('REG-001', 'pass'), rowOf('REG-005', 'vacuous', { level: 'SHOULD' })]),
      ),
    );
    expect(cases.filter((found) => 'skipped' in found)).toHaveLength(1);
    expect(cases.filter((found) => 'error' in found)).toHaveLength(0);
  });

  it('keeps the message of every skipped rule, each at its own rule', async () => {
    const rows = ['REG-001', 'CRE-001', 'REG-002', 'CRE-002'].map((id) =>
      rowOf(id, 'not-applicable', { reason: `because of ${id} ]]><skipped/>` }),
    );
    const cases = casesOf(await text('junit', recordOf([...rows, rowOf('REG-003', 'pass')])));
    for (const { '@name': name, skipped } of cases.filter((found) => 'skipped' in found)) {
      expect(skipped === '' ? '' : skipped?.['@message']).toContain(
        `because of ${name.split(' ')[0]} `,
      );
    }
    expect(cases.filter((found) => 'skipped' in found)).toHaveLength(4);
  });

  it('has a red case of its own when the run is red and no rule is', async () => {
    const nothing = await text('junit', recordOf([rowOf('REG-001', 'not-selected')]));
    expect(casesOf(nothing).filter((found) => 'error' in found)).toHaveLength(1);
  });
});

describe('summary', () => {
  it('stays within 80 columns but for the line to copy', async () => {
    const wide = (await text('summary', goldenRecord()))
      .split('\n')
      .filter((line) => [...line].length > 80);
    expect(wide.filter((line) => !line.startsWith('  Replay'))).toEqual([]);
  });

  it('says of a violation what was asked, expected, seen, and what to do', async () => {
    const shown = await text(
      'summary',
      recordOf([goldenRecord().requirements.find((row) => row.verdict === 'fail')!]),
    );
    expect(shown).toMatchSnapshot();
  });

  it('ends with the outcome and its exit code', async () => {
    expect((await text('summary', goldenRecord())).trimEnd().split('\n').at(-1)).toMatch(
      /^INVALID {2}exit code 7: /,
    );
  });

  it('colours only when asked', async () => {
    expect(await text('summary', goldenRecord())).not.toContain('\u001b');
    expect(await text('summary', goldenRecord(), true)).toContain('\u001b[');
  });
});

describe('html', () => {
  it('has no script, no markup of the subject, and a policy that forbids both', async () => {
    const page = await text('html', goldenRecord());
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|\ssrc=|url\(/i);
    // Its only links lead to itself, and to the repository of the contract.
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
    const strange = links.filter(
      (href) => !/^(#|https:\/\/github\.com\/microsoft\/ebpf-for-windows\/)/.test(href),
    );
    expect(strange).toEqual([]);
    expect(page.replace(/href="[^"]*"/g, '')).not.toMatch(/https?:/);
    expect(page).toContain("default-src 'none'; style-src 'sha256-");
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.match(/<details/g)?.length).toBe(page.match(/<\/details>/g)?.length);
  });
});

describe('markdown', () => {
  it('lets no word of the subject be a tag or a new cell', async () => {
    const page = await text('markdown', goldenRecord());
    const outside = page.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '');
    expect(outside).not.toMatch(/<[a-z/!]/i);
    const columns = outside.split('\n\n').map((block) =>
      block
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) => line.replace(/\\./g, '').split('|').length),
    );
    const tables = columns.filter((counts) => counts.length > 0);
    expect(tables).toHaveLength(4);
    for (const counts of tables) expect(new Set(counts).size).toBe(1);
  });

  it('keeps hostile text inside its fence', async () => {
    const row = goldenRecord().requirements.find(({ verdict }) => verdict === 'fail')!;
    const record = recordOf([
      { ...row, counterexample: { ...row.counterexample!, replay: '`````' } },
    ]);
    expect(await text('markdown', record)).toMatch(/^(`{6,})text\n[\s\S]*?\n`````\n\1$/m);
  });
});
