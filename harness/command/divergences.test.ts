/** docs/DIVERGENCES.md and the errata are what the recordings show: no more, no less. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { broken, evidenceOf, held, unexercised, type Evidence } from '../transcripts/divergence.ts';
import { certify } from '../run/certify.ts';
import { readErrata } from '../conclude/errata.ts';
import type { CertifyOptions } from '../run/options.ts';
import type { RunRecord } from '../conclude/record.ts';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { rulesWithoutFinding } from '../transcripts/findings-page.ts';
import {
  knownFindings,
  ownFindings,
  ownTranscripts,
  pageOf,
  runDivergences,
} from './divergences.ts';

const errataFile = 'fixtures/errata/ebpfcore.yaml';
const folder = mkdtempSync(join(tmpdir(), 'mapcert-divergences-'));
const trace = join(folder, 'eBPFCore.jsonl');
let evidence: Evidence;

const transcripts = ownTranscripts();

beforeAll(() => {
  evidence = evidenceOf(transcripts, CHAPTERS);
  const files = ['scenarios', 'random', 'builtin-types'].map(
    (name) => `fixtures/traces/eBPFCore/${name}.jsonl`,
  );
  expect(runDivergences(['--trace', trace, ...files], () => {}, console.error)).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const certified = (more: Partial<CertifyOptions>): Promise<RunRecord> =>
  certify({
    ...{ subject: trace, config: null, suites: null, only: null, level: null, revision: 'merged' },
    ...{
      dialects: ['as-documented'],
      seed: 1,
      runs: null,
      budgetMs: null,
      timeoutMs: null,
      jobs: 1,
    },
    ...{
      shard: null,
      lowMemory: false,
      stress: false,
      waivers: null,
      errata: null,
      inProcess: false,
    },
    ...{ nmr: null, enumHeader: null, out: null, progress: () => {} },
    ...more,
  });

const verdicts = (record: RunRecord, verdict: string): string[] =>
  record.requirements.filter((row) => row.verdict === verdict).map(({ id }) => id);

describe('the divergences of eBPFCore', () => {
  it('are those that the errata describe, each by everything it names', () => {
    const { list } = readErrata(errataFile);
    expect(
      broken(evidence)
        .map(({ row }) => row.id)
        .sort(),
    ).toEqual(list.map(({ rule }) => rule).sort());
    for (const { rule, seen } of list) {
      const { sightings } = evidence.rules.find(({ row }) => row.id === rule)!;
      for (const part of seen)
        expect(
          sightings.some(({ saw }) => saw.includes(part)),
          `${rule}: ${part}`,
        ).toBe(true);
    }
  });

  it('leave no rule that these recordings could show unexercised', () => {
    expect(unexercised(evidence).map(({ row }) => row.id)).toEqual([]);
    expect(held(evidence).length).toBeGreaterThan(50);
  });

  it('are written down in docs/DIVERGENCES.md as they are', () => {
    expect(
      readFileSync('docs/DIVERGENCES.md', 'utf8') === pageOf(transcripts),
      'run npm run divergences',
    ).toBe(true);
  });

  it('are each a finding, and so are the contradictions that no rule covers', () => {
    expect(rulesWithoutFinding(evidence, knownFindings())).toEqual([]);
    const lacking = rulesWithoutFinding(evidence, knownFindings().slice(1));
    expect(lacking.sort()).toEqual(['CRUD-DEL-003', 'IRQL-001']);
    const about = new Set(knownFindings().flatMap((one) => one.about));
    expect(['C-04', 'C-09', 'C-12', 'C-22'].filter((id) => !about.has(id))).toEqual([]);
    const page = readFileSync('docs/DIVERGENCES.md', 'utf8');
    const named = [...page.matchAll(/^### .*, (C-\d\d)$/gmu)].map(([, id]) => id!);
    expect(named.filter((id) => !about.has(id))).toEqual([]);
  });

  it('stand in docs/FINDINGS.md with what the recordings say of them', () => {
    const text = readFileSync('docs/FINDINGS.md', 'utf8');
    expect(text === ownFindings(transcripts), 'run npm run divergences').toBe(true);
  });

  it('end with one sentence for a file that is no transcript', () => {
    const file = join(folder, 'none.jsonl');
    writeFileSync(file, '{}\n');
    const complained: string[] = [];
    expect(
      runDivergences(
        [file],
        () => {},
        (line) => complained.push(line),
      ),
    ).toBe(4);
    expect(
      runDivergences(
        ['--what'],
        () => {},
        (line) => complained.push(line),
      ),
    ).toBe(4);
    expect(complained).toEqual([
      expect.stringContaining(':1: no transcript'),
      expect.stringContaining('--trace FILE'),
    ]);
  });
});

describe('recorded eBPFCore, certified', () => {
  it('is red without the errata', async () => {
    const record = await certified({});
    expect(record.exitCode).toBe(1);
    expect(verdicts(record, 'fail')).toEqual([
      'CRUD-DEL-003',
      'CRUD-DEL-004',
      'SIZE-005',
      'EPOCH-010',
      'IRQL-001',
      'IRQL-005',
    ]);
    expect(verdicts(record, 'warn')).toEqual(['SIZE-002']);
    expect(record.subject).toMatchObject({
      kind: 'recorded',
      name: 'eBPFCore',
      mapTypes: [15, 16],
    });
  });

  it('is green with them, and says why', async () => {
    const record = await certified({ errata: errataFile });
    expect([record.exitCode, record.outcome]).toEqual([0, 'PARTIAL']);
    expect(verdicts(record, 'waived').length).toBe(readErrata(errataFile).list.length);
    const row = record.requirements.find(({ id }) => id === 'CRUD-DEL-004');
    expect(row?.waiver?.reason).toMatch(/^C-06: /);
    expect(row?.message).toMatch(/^expected: /);
  });

  it('is red when an erratum describes less than what is seen', async () => {
    const file = join(folder, 'less.yaml');
    const text = readFileSync(errataFile, 'utf8');
    const less = text.replace('      - the provider still found the key in the map\n', '');
    expect(less).not.toBe(text);
    writeFileSync(file, less);
    const record = await certified({ errata: file });
    expect([record.exitCode, verdicts(record, 'fail')]).toEqual([1, ['CRUD-DEL-003']]);
  });

  it('is in trouble when an erratum describes what is not seen', async () => {
    const file = join(folder, 'stale.yaml');
    const stale = '  - { rule: FLAG-001, contradiction: C-01, says: flags are odd }\n';
    writeFileSync(file, readFileSync(errataFile, 'utf8') + stale);
    const record = await certified({ errata: file });
    expect(record.exitCode).toBe(3);
    expect(record.requirements.find(({ id }) => id === 'FLAG-001')?.waiver?.trouble).toBe('stale');
  });
});
