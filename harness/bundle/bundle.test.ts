/**
 * Certificates: equal ones have equal bytes, whole ones are taken, and whatever was changed is
 * found, by digests where the rest was left, by what goes together where all was made anew.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { stableJson } from '../../reports/json.ts';
import { CATALOGUE } from '../abi/catalogue.ts';
import { ranRun } from '../conclude/ran-run.ts';
import type { RunRecord } from '../conclude/record.ts';
import { goldenRecord, recordOf, rowOf } from '../run/golden.fixture.ts';
import { pack, unpack, type Files } from './archive.ts';
import { checkBundle, drawn } from './check.ts';
import { bundleFiles } from './contents.ts';

const guide = () => ({ look: 'here' });
const version = '0.1.0';
const [broken] = goldenRecord().requirements.filter(({ verdict }) => verdict === 'fail');

const record = (): RunRecord =>
  recordOf(
    CATALOGUE.map(({ id, subject }) =>
      id === broken!.id
        ? broken!
        : subject === 'runtime'
          ? rowOf(id, 'not-applicable', { reason: 'subject' })
          : rowOf(id, 'pass'),
    ),
    { subject: { kind: 'native', name: 'map.so', mapTypes: [15], sha256: 'e'.repeat(64) } },
  );

const runs = Array.from({ length: 30 }, (_, index) =>
  ranRun(
    { name: `plan ${index}`, actors: [] },
    [],
    [{ kind: 'log', call: index, text: '', seq: 0, actor: 0 }],
  ),
);
const evidence = (kept = runs): Files =>
  new Map([
    ['evidence/runs.jsonl', kept.map((run) => `${JSON.stringify(run)}\n`).join('')],
    [
      'evidence/environment.json',
      stableJson({ runs: runs.length, command: 'mapcert certify map.so' }),
    ],
    [`counterexamples/${broken!.id}.json`, '{}\n'],
  ]);

// As the command does: what was written, and what is read of it.
const bundleOf = (given: RunRecord, kept = evidence()) => {
  const report = stableJson(given);
  return bundleFiles(report, JSON.parse(report) as RunRecord, kept, guide);
};
const check = (bytes: Uint8Array) => checkBundle(bytes, { version, guide });

let files: Files;
beforeAll(async () => {
  files = await bundleOf(record());
});

it('is whole, the same bytes each time, and holds what tools sign', async () => {
  const bytes = pack(files);
  expect(Buffer.from(pack(await bundleOf(record()))).equals(bytes)).toBe(true);
  expect(await check(bytes)).toMatchObject({ ok: true, record: { outcome: 'NON-CONFORMANT' } });
  expect(JSON.parse(files.get('statement.json')!)).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'map.so', digest: { sha256: 'e'.repeat(64) } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: { result: 'FAILED', failedTests: [broken!.id] },
  });
  expect([...unpack(bytes)!.keys()].sort()).toEqual(
    expect.arrayContaining(['junit.xml', 'profile.json', 'report.html', 'waivers.json']),
  );
});

/** One file changed and nothing else; null: taken out. */
const changed = (name: string, to: string | null): Uint8Array => {
  const map = new Map(files);
  if (to === null) map.delete(name);
  else map.set(name, to);
  return pack(map);
};
const replaced = (name: string, from: string, to: string): Uint8Array => {
  const text = files.get(name)!;
  expect(text).toContain(from);
  return changed(name, text.replace(from, to));
};

/** A certificate that was made anew from a changed record: all its digests are right. */
const forged = async (change: (record: RunRecord) => void): Promise<Uint8Array> => {
  const copy = structuredClone(record());
  change(copy);
  return pack(await bundleOf(copy));
};
const rowIn = ({ requirements }: RunRecord) => requirements.find(({ id }) => id === broken!.id)!;
const recount = (copy: RunRecord): void => {
  const { outcome, exitCode, totals } = recordOf(copy.requirements);
  Object.assign(copy, { outcome, exitCode, totals });
};
const praise = (copy: RunRecord): void => {
  Object.assign(rowIn(copy), { verdict: 'pass' });
  recount(copy);
};

describe('what was changed is refused, each in one sentence', () => {
  it.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    ['bytes that are no archive', () => new TextEncoder().encode('PK no'), /no archive/],
    ['a torn archive', () => pack(files).slice(0, -40), /no archive/],
    ['something behind the archive', () => new Uint8Array([...pack(files), 0]), /archive|packed/],
    ['an archive packed otherwise', () => pack(files, 1), /not packed as this tool packs/],
    ['a report that is not there', () => changed('junit.xml', null), /junit\.xml is missing/],
    ['a file more', () => changed('notes.txt', 'all is well'), /notes\.txt does not belong/],
    [
      'a verdict in the report',
      () => replaced('report.json', '"verdict": "fail"', '"verdict": "pass"'),
      /report\.json is not what the manifest says/,
    ],
    [
      'a word in the page',
      () => replaced('report.html', 'NON-CONFORMANT', 'CONFORMANT'),
      /report\.html is not what the manifest says/,
    ],
    [
      'a run',
      () => changed('evidence/runs.jsonl', ''),
      /runs\.jsonl is not what the manifest says/,
    ],
    [
      'a digest in the manifest',
      () => replaced('manifest.json', '"report.html": "', '"report.html": "0'),
      /report\.html is not what the manifest says/,
    ],
    [
      'the result in the statement',
      () => replaced('statement.json', 'FAILED', 'PASSED'),
      /statement is not about/,
    ],
    [
      'the subject of the statement',
      () => replaced('statement.json', 'eeee', 'ffff'),
      /statement is not about/,
    ],
    [
      'a verdict, all made anew',
      () => forged((copy) => Object.assign(rowIn(copy), { verdict: 'pass' })),
      /passes although a violation is told/,
    ],
    ['a verdict and its counts', () => forged(praise), /passes although a violation is told of it/],
    [
      'a verdict without its evidence',
      () =>
        forged((copy) => {
          Object.assign(rowIn(copy), { message: null, at: null, counterexample: null });
          praise(copy);
        }),
      /counterexamples\/.* is of a rule that the report knows no violation of/,
    ],
    [
      'a rule taken out',
      () =>
        forged((copy) => {
          copy.requirements = copy.requirements.filter((row) => row !== rowIn(copy));
          recount(copy);
        }),
      /is not in the report/,
    ],
    [
      'a rule made a SHOULD',
      () =>
        forged((copy) => {
          Object.assign(rowIn(copy), { level: 'SHOULD', verdict: 'warn' });
          recount(copy);
        }),
      /another level/,
    ],
    [
      'a rule called not applicable',
      () =>
        forged((copy) => {
          Object.assign(rowIn(copy), { verdict: 'not-applicable', reason: 'x' });
          recount(copy);
        }),
      /although it was exercised/,
    ],
    [
      'an outcome',
      () => forged((copy) => Object.assign(copy, { outcome: 'CONFORMANT', exitCode: 0 })),
      /come to NON-CONFORMANT with exit code 1/,
    ],
    [
      'a pass that nothing exercised',
      () => forged((copy) => Object.assign(copy.requirements.at(0)!, { exercised: 0 })),
      /although nothing exercised it/,
    ],
    [
      'runs that were not made',
      () => forged((copy) => Object.assign(copy.executed, { runs: 3 })),
      /judged in 40 runs/,
    ],
    [
      'another version',
      () => forged((copy) => Object.assign(copy.tool, { version: '9.9.9' })),
      /version 9\.9\.9/,
    ],
    [
      'other rules',
      () => forged((copy) => Object.assign(copy.suite, { requirementsSha256: '0'.repeat(64) })),
      /another list of rules/,
    ],
  ])('%s', async (_, make, says) => {
    const result = await check(await make());
    expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(says) as string });
    expect(result.ok ? '' : result.problem).not.toMatch(/\n|\.$/);
  });

  it('any byte', async () => {
    const bytes = pack(files);
    for (let at = 0; at < bytes.length; at += Math.floor(bytes.length / 60)) {
      const other = bytes.slice();
      other[at]! ^= 0x10;
      expect((await check(other)).ok, `byte ${at}`).toBe(false);
    }
  });

  it('runs that were taken out with all made anew', async () => {
    const bytes = pack(await bundleOf(record(), evidence(runs.slice(1))));
    expect(await check(bytes)).toMatchObject({
      ok: false,
      problem: 'it kept 30 runs, and 29 are there',
    });
  });
});

describe('the challenge', () => {
  const names = (digest: string, count: number) =>
    drawn(runs, digest, count).map(({ plan }) => plan.name);

  it('is drawn by the digest: the same again, another for another, none twice', () => {
    expect(names('a', 10)).toEqual(names('a', 10));
    expect(names('a', 10)).not.toEqual(names('b', 10));
    expect(new Set(names('a', 100)).size).toBe(runs.length);
  });

  it('spares what need not repeat itself', () => {
    const lost = runs.map((run) => ({ ...run, once: true as const }));
    expect(drawn(lost, 'a', 5)).toEqual([]);
  });
});
