/**
 * Every seeded mistake is found by its rule, at its line, in its words; odd and right headers are
 * left alone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edited, headerText, registered } from '../../fixtures/headers/edit.ts';
import {
  controlCharacters,
  headerWithControlCharacters,
  hostileHeaders,
} from '../../fixtures/headers/hostile.ts';
import { headerMistakes } from '../../fixtures/headers/mistakes.ts';
import type { HeaderMistake } from '../../fixtures/headers/mistakes.ts';
import { headerVariants } from '../../fixtures/headers/variants.ts';
import { runRegistry } from './check-header.ts';
import { parseHeader, readMapTypeIds } from './parse-header.ts';
import { bundledMapTypeMax, bundledMapTypes } from './snapshot.ts';

let directory = '';
let files = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mapcert-registry-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function saved(contents: string | Uint8Array): string {
  files += 1;
  const file = join(directory, `header-${files}.h`);
  writeFileSync(file, contents);
  return file;
}

const right = headerText('ebpf_structs.h');

function lineWith(text: string, part: string): number {
  const lines = text.split('\n').flatMap((line, index) => (line.includes(part) ? [index + 1] : []));
  // The name arrays and comments repeat names; what a mistake points to is told apart by its text.
  expect(lines, `lines with ${part}`).toHaveLength(1);
  return lines[0] ?? 0;
}

async function judgeMistake(mistake: HeaderMistake) {
  const text = edited(headerText(mistake.of ?? 'ebpf_structs.h'), mistake.edits);
  const header = saved(text);
  const others = (mistake.with ?? []).map(saved);
  const base = mistake.base === undefined ? {} : { base: saved(mistake.base) };
  const run = await runRegistry({ header, ...base, with: others, ...mistake.options });
  const isOther = mistake.expects.in === 'with';
  const [file, judged] = isOther ? [others[0], mistake.with?.[0] ?? ''] : [header, text];
  return { run, file, line: lineWith(judged, mistake.expects.at) };
}

describe('a seeded mistake', () => {
  it.each(headerMistakes)('$id is found by $expects.rule', async (mistake) => {
    const { run, file, line } = await judgeMistake(mistake);
    const { rule, verdict, says } = mistake.expects;
    const found = run.findings.map(({ column: _column, ...rest }) => rest);
    expect(run.error).toBeNull();
    expect(found).toContainEqual({
      rule,
      verdict,
      file,
      line,
      message: expect.stringContaining(says),
    });
    expect(run.exitCode).toBe(run.findings.some((each) => each.verdict === 'fail') ? 1 : 0);
    if (verdict === 'fail') expect(run.exitCode).toBe(1);
  });

  it('has an id of its own and is one of at least 25', () => {
    expect(new Set(headerMistakes.map(({ id }) => id)).size).toBe(headerMistakes.length);
    expect(headerMistakes.length).toBeGreaterThanOrEqual(25);
  });

  it.each(['max-too-high', 'display-name-missing', 'gap', 'id-by-macro', 'reused-against-bundle'])(
    'brings no second rule along: %s',
    async (id) => {
      const mistake = headerMistakes.find((each) => each.id === id);
      if (mistake === undefined) throw new Error(`there is no mistake ${id}`);
      const { run } = await judgeMistake(mistake);
      expect(run.findings).toHaveLength(1);
    },
  );
});

describe('findings', () => {
  it('of a name defined twice say nothing of the arrays', async () => {
    const mistake = headerMistakes.find(({ id }) => id === 'name-repeated');
    if (mistake === undefined) throw new Error('the mistake is gone');
    const { run, line } = await judgeMistake(mistake);
    expect(new Set(run.findings.map((each) => each.line))).toEqual(new Set([line]));
  });

  it('are shown header by header, in the order of the command line', async () => {
    const newcomer = (name: string) =>
      saved(
        edited(headerText('base.h'), [
          [
            '    BPF_MAP_TYPE_MAX ///<',
            `    BPF_MAP_TYPE_${name} = 16,\n    BPF_MAP_TYPE_MAX ///<`,
          ],
        ]),
      );
    const header = saved(edited(right, [['"xskmap",', '"xskmap",\n    "more",']]));
    const others = [newcomer('FLOWMAP'), newcomer('RATEMAP')];
    const { findings } = await runRegistry({ header, with: others });
    expect([...new Set(findings.map(({ file }) => file))]).toEqual([header, ...others]);
    expect(findings[0]?.line).toBeGreaterThan(findings[1]?.line ?? 0);
  });
});

describe('the hint about Linux', () => {
  it('is left out where both systems have the same number', async () => {
    const header = saved(
      edited(right, [
        ['    BPF_MAP_TYPE_HASH = 1,', '    BPF_MAP_TYPE_FLOWMAP = 1,\n    BPF_MAP_TYPE_HASH = 1,'],
      ]),
    );
    const { findings } = await runRegistry({ header });
    const repeated = findings.find(({ message }) =>
      message.startsWith('BPF_MAP_TYPE_HASH (1) repeats'),
    );
    expect(repeated?.message).not.toContain('Linux');
  });
});

describe('a right header', () => {
  it.each(headerVariants)('$id is conformant without a word', async ({ text }) => {
    const run = await runRegistry({ header: saved(text) });
    expect(run).toMatchObject({ exitCode: 0, error: null, findings: [] });
    expect(run.text).toContain('CONFORMANT');
  });

  it('is conformant beside an older one, and beside a pull request with another number', async () => {
    const header = saved(edited(right, registered('FLOWMAP', ' = 17')));
    const other = saved(edited(right, [...registered('RATEMAP', ' = 18')]));
    const run = await runRegistry({ header, base: saved(headerText('base.h')), with: [other] });
    expect(run).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('of the draft is conformant under the draft and not under merged', async () => {
    const header = saved(headerText('draft.h'));
    const draft = await runRegistry({ header, revision: 'draft', type: ['XSKMAP=4097', '4096'] });
    expect(draft).toMatchObject({ exitCode: 0, findings: [] });
    expect(await runRegistry({ header })).toMatchObject({ exitCode: 1 });
  });

  it.each(['XSKMAP', '16', '0x10', 'XSKMAP=16', 'BPF_MAP_TYPE_SAMPLE_HASH_MAP=15'])(
    'has the type %s of a provider',
    async (type) => {
      expect(await runRegistry({ header: saved(right), type: [type] })).toMatchObject({
        exitCode: 0,
        findings: [],
      });
    },
  );

  it('says what the bundled registry says', async () => {
    const { entries, max } = await parseHeader(right, 'ebpf_structs.h');
    expect(entries.map(({ name, value }) => ({ name, id: value }))).toEqual(
      bundledMapTypes.map(({ name, id }) => ({ name, id })),
    );
    expect(max?.value).toBe(bundledMapTypeMax);
  });

  it('gives certify its ids, and tells native types', async () => {
    const { ids, native } = await readMapTypeIds(
      edited(right, registered('FLOWMAP', '')),
      'ebpf_structs.h',
    );
    expect(ids).toMatchObject({
      BPF_MAP_TYPE_HASH: 1,
      BPF_MAP_TYPE_XSKMAP: 16,
      BPF_MAP_TYPE_FLOWMAP: 17,
    });
    expect(ids).not.toHaveProperty('BPF_MAP_TYPE_MAX');
    expect(native).toHaveLength(15);
    expect(native).not.toContain('BPF_MAP_TYPE_XSKMAP');
  });
});

describe('hostile input', () => {
  it.each(hostileHeaders)('$id is one sentence', async ({ contents, exitCode, says }) => {
    const run = await runRegistry({ header: saved(contents) });
    expect(run).toMatchObject({ exitCode, text: '', findings: [] });
    expect(run.error).toContain(says);
    expect(run.error).not.toContain('\n');
  });

  it.each([
    ['a directory', () => directory, 'this is a directory'],
    ['a missing file', () => join(directory, 'none.h'), 'there is no such file'],
    ['a file as a directory', () => join(saved(''), 'x.h'), 'there is no such file'],
    ['no name', () => '', 'this is no file name'],
    [
      'a device',
      () => '/dev/null',
      process.platform === 'win32' ? 'no such file' : 'this is a device',
    ],
  ])('%s is one sentence', async (_what, header, says) => {
    const run = await runRegistry({ header: header() });
    expect(run).toMatchObject({ exitCode: 4, text: '' });
    expect(run.error).toContain(says);
  });

  it('as --base or --with is a configuration error, even where it is just no enum', async () => {
    const header = saved(right);
    expect(await runRegistry({ header, base: saved('') })).toMatchObject({ exitCode: 4, text: '' });
    expect(await runRegistry({ header, with: [saved('')] })).toMatchObject({
      exitCode: 4,
      text: '',
    });
  });

  it.each([
    [{ revision: 'later' }, '--revision later: there is no such revision; choose merged or draft'],
    [{ type: ['XSKMAP='] }, '--type XSKMAP=: this is neither NAME=ID nor NAME nor ID'],
    [{ type: [''] }, '--type : this is neither'],
    [{ type: ['=16'] }, '--type =16: this is neither'],
    [{ type: ['4294967296'] }, '--type 4294967296: this is neither'],
    [{ type: ['a\u{1B}b'] }, '--type a\\u{1b}b: this is neither'],
    [{ json: true, annotations: true }, '--json and --annotations both write'],
  ])('in the options is one sentence: %j', async (options, says) => {
    const run = await runRegistry({ header: saved(right), ...options });
    expect(run).toMatchObject({ exitCode: 4, text: '' });
    expect(run.error).toContain(says);
  });

  it('cannot speak to the terminal or to the CI log', async () => {
    const header = saved(headerWithControlCharacters);
    const { text } = await runRegistry({ header, annotations: true });
    for (const character of controlCharacters.slice(0, 1) + controlCharacters.slice(4, 6)) {
      expect(text).not.toContain(character);
    }
    expect(text.split('\n').filter((line) => line.startsWith('::'))).toHaveLength(1);
  });

  it('with a control character in its name is shown as text', async () => {
    const header = join(directory, 'a\u{1B}[2J%,:b.h');
    const missing = await runRegistry({ header, annotations: true });
    expect(missing.error).toContain('a\\u{1b}[2J%,:b.h: there is no such file');
    expect(missing.text).toContain('%25%2C%3Ab.h,line=1,col=1');
  });
});

describe('the output', () => {
  const wrong = edited(right, registered('FLOWMAP', ' = 16'));

  it('fits into 80 columns, but for paths', async () => {
    for (const { edits } of headerMistakes.filter((each) => each.of === undefined)) {
      const { text } = await runRegistry({ header: saved(edited(right, edits)) });
      const long = text.split('\n').filter((line) => line.length > 80 && !line.includes(directory));
      expect(long).toEqual([]);
    }
  });

  it('names rule, place and exit code', async () => {
    const header = saved(wrong);
    const { text } = await runRegistry({ header });
    expect(text.replaceAll(header, 'FILE')).toMatchInlineSnapshot(`
      "registry FILE: NON-CONFORMANT
      18 map types, ids 0 to 16, BPF_MAP_TYPE_MAX 17. Revision merged, compared with
      the bundled registry.

      fail  ENUM-003  FILE:35:5
            BPF_MAP_TYPE_FLOWMAP (16) repeats the id of BPF_MAP_TYPE_XSKMAP on line
            34. Give it an id of its own.

      rules
        ENUM-001  MUST        pass
        ENUM-003  MUST        fail, 1 finding
        ENUM-004  SHOULD NOT  pass
        ENUM-008  MAY         not-applicable: not in revision merged
        ENUM-006  UNDEFINED   not-applicable: untestable by design: withdrawn
        DUP-004   MUST        not-applicable: untestable by design: review
        ENUM-002  MUST        not-applicable: no --type was given
        ENUM-005  MUST        not-applicable: no --type was given
        ENUM-007  MUST        not-applicable: not in revision merged
      exit code 1"
    `);
  });

  it('as annotations has file, line and column', async () => {
    const header = saved(wrong);
    const { text } = await runRegistry({ header, annotations: true });
    expect(text.split('\n')[0]?.replace(header, 'FILE')).toMatchInlineSnapshot(
      `"::error file=FILE,line=35,col=5,title=ENUM-003::BPF_MAP_TYPE_FLOWMAP (16) repeats the id of BPF_MAP_TYPE_XSKMAP on line 34. Give it an id of its own."`,
    );
  });

  it('as annotations escapes what would end a command', async () => {
    mkdirSync(join(directory, 'a,b'));
    const header = join(directory, 'a,b', '50%.h');
    writeFileSync(header, edited(right, [['"queue"', '"50%\\n::x"']]));
    const [line = ''] = (await runRegistry({ header, annotations: true })).text.split('\n');
    expect(line).toMatch(
      /^::warning file=[^:,]*%2Cb.50%25\.h,line=74,col=5,title=ENUM-003::Entry 10 [^%]*"50%25/,
    );
  });

  it('as annotations tells of a header that does not parse', async () => {
    const header = saved(edited(right, [['QUEUE = 10,', 'QUEUE = 10']]));
    const { text, exitCode } = await runRegistry({ header, annotations: true });
    expect(exitCode).toBe(4);
    expect(text).toMatch(
      /^::error file=.*,line=2[78],col=\d+,title=mapcert registry::.* does not parse/,
    );
  });

  it('as JSON has the findings and one row per rule', async () => {
    const { text, findings } = await runRegistry({ header: saved(wrong), json: true });
    const report = JSON.parse(text);
    expect(report).toMatchObject({
      schema: 'custom-map-conformance/registry@1',
      outcome: 'NON-CONFORMANT',
      exitCode: 1,
    });
    expect(report.findings).toEqual(findings);
    expect(
      report.rules.map(
        ({ rule, verdict }: { rule: string; verdict: string }) => `${rule} ${verdict}`,
      ),
    ).toEqual([
      'ENUM-001 pass',
      'ENUM-003 fail',
      'ENUM-004 pass',
      'ENUM-008 not-applicable',
      'ENUM-006 not-applicable',
      'DUP-004 not-applicable',
      'ENUM-002 not-applicable',
      'ENUM-005 not-applicable',
      'ENUM-007 not-applicable',
    ]);
  });

  it('is bounded, and says how much it leaves out', async () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `    BPF_MAP_TYPE_X${index} = 16,\n`,
    ).join('');
    const header = saved(
      edited(right, [['    BPF_MAP_TYPE_MAX ///<', `${many}    BPF_MAP_TYPE_MAX ///<`]]),
    );
    const { text, findings } = await runRegistry({ header });
    expect(findings.length).toBeGreaterThan(300);
    expect(text).toContain(`and ${findings.length - 100} more; --json shows them all`);
  });
});
