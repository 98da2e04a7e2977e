/** Recorded traces as subjects: a provider's and a runtime's, and files that are none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import objectHash from '../../fixtures/providers/object-hash.ts';
import wrong from '../../fixtures/faults/m-023-actual-size-unwritten.ts';
import type { ProviderModule } from '../provider/module.ts';
import { traceLines, type TraceHeader } from '../trace/codec.ts';
import { certify } from './certify.ts';
import { checkErrata } from '../conclude/errata.ts';
import { moduleExecutor } from './in-process.fixture.ts';
import type { CertifyOptions } from './options.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import type { RequirementRecord, RunRecord } from '../conclude/record.ts';

const folder = mkdtempSync(join(tmpdir(), 'mapcert-recorded-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const chapters = CHAPTERS.filter(({ name }) =>
  ['registration', 'creation', 'lifecycle'].includes(name),
);

const certified = (subject: string, more: Partial<CertifyOptions> = {}): Promise<RunRecord> =>
  certify({
    ...{ subject, config: null, suites: null, only: null, level: null, revision: 'merged' },
    ...{
      dialects: ['as-documented'],
      seed: 1,
      runs: null,
      budgetMs: null,
      timeoutMs: null,
      jobs: 1,
    },
    ...{ shard: null, lowMemory: false, stress: false, waivers: null, inProcess: false },
    ...{ nmr: null, enumHeader: null, out: null, progress: () => {} },
    ...more,
  });

/** A recording of every scenario of three chapters, as a user's recorder would leave it. */
const recordingOf = async (
  module: ProviderModule,
  header: Partial<TraceHeader> = {},
): Promise<string> => {
  const executor = moduleExecutor(module, module.profile ?? null);
  const { profile } = await probe(executor, module.profile ?? null, 'merged');
  const runs = dueRuns(chapters, profile, { seed: 1, generated: 1, dialects: ['as-documented'] });
  const jobs = runs
    .filter(({ exhaustive }) => !exhaustive)
    .map(({ plan, choices, dialect }) => ({ plan, choices, conditions: { dialect }, profile }));
  const results = await executor.run(jobs);
  const file = join(folder, `${module.name.replaceAll(/\W+/g, '-')}.jsonl`);
  const said = { subject: 'provider', name: module.name, revision: 'merged', ...header } as const;
  writeFileSync(
    file,
    [
      ...traceLines(
        said,
        results.map(({ trace }) => trace),
      ),
    ].join(''),
  );
  return file;
};

const row = (record: RunRecord, id: string): RequirementRecord =>
  record.requirements.find((one) => one.id === id)!;

describe('the recorded trace of a provider', () => {
  it('is judged by the rules that bind providers, and never passes what it does not show', async () => {
    const record = await certified(await recordingOf(objectHash as ProviderModule));
    expect(record.subject).toMatchObject({ kind: 'recorded', mapTypes: [15] });
    expect(
      record.requirements.filter(({ verdict }) => ['fail', 'crash', 'hang'].includes(verdict)),
    ).toEqual([]);
    expect(row(record, 'REG-001').verdict).toBe('pass');
    expect(row(record, 'CRE-003').verdict).toBe('pass');
    expect(row(record, 'CRUD-DEL-001')).toMatchObject({
      verdict: 'not-applicable',
      reason: 'subject',
    });
    const silent = record.requirements.filter(({ verdict }) => verdict === 'vacuous');
    expect(silent.length).toBeGreaterThan(0);
    expect(new Set(silent.map(({ reason }) => reason))).toEqual(
      new Set(['the recording does not exercise it']),
    );
    expect([record.outcome, record.exitCode]).toEqual(['INCOMPLETE', 2]);
  });

  it('shows a fault with the events around it', async () => {
    const record = await certified(await recordingOf(wrong as ProviderModule));
    const broken = row(record, 'CRE-003');
    expect(broken.verdict).toBe('fail');
    expect(broken.counterexample?.replay).toMatch(/^mapcert certify \S+\.jsonl --only CRE-003$/);
    expect(broken.counterexample?.trace.some(({ seq }) => seq === broken.at?.seq)).toBe(true);
    expect(record.exitCode).toBe(1);
  });

  it('leaves out by name what its recorder cannot show', async () => {
    const untold = { 'CRE-003': 'sizes were not recorded' };
    const record = await certified(await recordingOf(wrong as ProviderModule, { untold }));
    expect(row(record, 'CRE-003')).toMatchObject({
      verdict: 'not-selected',
      reason: 'the recording cannot show it: sizes were not recorded',
    });
    expect(record.outcome).toBe('PARTIAL');
  });

  it.each([
    [
      'a rule that there is not',
      { untold: { 'CRE-999': 'why' } },
      /untold names CRE-999, which is no rule/,
    ],
    [
      'a profile member that is no data',
      { profile: { keys: 'x' } },
      /profile member keys is not one/,
    ],
    ['another revision', { revision: 'draft' as const }, /recorded under revision draft/],
  ])('is refused with %s', async (_what, header, sentence) => {
    const file = await recordingOf(objectHash as ProviderModule, header);
    await expect(certified(file)).rejects.toThrow(sentence);
  });

  it('takes no errata, which are for runtimes', async () => {
    const file = await recordingOf(objectHash as ProviderModule);
    await expect(certified(file, { errata: 'fixtures/errata/ebpfcore.yaml' })).rejects.toThrow(
      /for runtimes/,
    );
  });

  it('that cannot be read ends as a subject that does not load', async () => {
    await expect(certified(join(folder, 'none.jsonl'))).rejects.toMatchObject({ exitCode: 5 });
  });
});

describe('an errata file', () => {
  const file = (entry: string): string =>
    `schema: custom-map-conformance/errata@1\nerrata:\n  - ${entry}\n`;
  const right = 'rule: FLAG-001, contradiction: C-05, says: a line';

  it('is read', () => {
    expect(checkErrata(file(`{ ${right} }`), 'it')).toEqual([
      {
        rule: 'FLAG-001',
        contradiction: 'C-05',
        issue: null,
        says: 'a line',
        reading: 'as-shipped',
        seen: [],
      },
    ]);
  });

  it.each([
    ['{', /is not YAML/],
    ['schema: other@1', /the member schema must be/],
    ['schema: custom-map-conformance/errata@1', /the member errata must be a list/],
    [file('{ rule: FLAG-999 }'), /it, erratum 1: FLAG-999 is no rule/],
    [file('{ rule: FLAG-001, contradiction: five }'), /contradiction is an id/],
    [file('{ rule: FLAG-001, contradiction: C-05 }'), /needs a line/],
    [file(`{ ${right}, issue: "http://x" }`), /issue is an https address/],
    [file(`{ ${right}, seen: all }`), /seen is a list/],
    [file(`{ ${right}, also: 1 }`), /also is no member/],
    [file(`{ ${right}, reading: as-meant }`), /reading is one of as-shipped, detach-first/],
    [file(`{ ${right} }\n  - { ${right} }`), /FLAG-001 stands there twice/],
    ['a: &a [x]\nb: [*a, *a]', /is not YAML/],
  ])('%j is refused', (text, sentence) => {
    expect(() => checkErrata(text, 'it')).toThrow(sentence);
  });
});
