/**
 * What a certificate holds. Everything else follows from the record and the evidence: whoever has
 * these can make it again, byte for byte.
 */
import { createHash } from 'node:crypto';
import { stableJson } from '../../reports/json.ts';
import { checkSelftest } from '../../reports/check-report.ts';
import { killsOf, type Kills } from '../../reports/kills.ts';
import { render } from '../../reports/reporter.ts';
import type { Format } from '../../reports/reporter.ts';
import type { Guide } from '../../reports/violation-view.ts';
import type { RunRecord } from '../conclude/record.ts';
import type { Files } from './archive.ts';
import { statementOf } from './statement.ts';

export const BUNDLE_SCHEMA = 'custom-map-conformance/bundle@1';

/** The files of a certificate by what they are. */
export const NAMES = {
  report: 'report.json',
  manifest: 'manifest.json',
  statement: 'statement.json',
  runs: 'evidence/runs.jsonl',
  environment: 'evidence/environment.json',
  killMatrix: 'evidence/kill-matrix.json',
} as const;

/** A replay file of a counterexample. */
export const isCounterexample = (name: string): boolean =>
  /^counterexamples\/[A-Z]+(-[A-Z]+)*-\d{3}(\.[a-z-]+)?\.json$/.test(name);

/** What stands in it as it was handed in: all else is made of the record. */
export const isEvidence = (name: string): boolean =>
  [NAMES.runs, NAMES.environment, NAMES.killMatrix].some((one) => one === name) ||
  isCounterexample(name);

const rendered: readonly (readonly [string, Format])[] = [
  ['report.html', 'html'],
  ['report.md', 'markdown'],
  ['report.txt', 'summary'],
  ['junit.xml', 'junit'],
  ['report.trx', 'trx'],
  ['report.sarif', 'sarif'],
];

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Waivers as the verdicts rest on them. */
const waiversIn = ({ requirements }: RunRecord): object[] =>
  requirements.flatMap(({ id, verdict, waiver }) =>
    waiver === null ? [] : [{ id, verdict, ...waiver }],
  );

/** The kill matrix among the evidence; what is none is said where evidence is judged. */
const killsIn = (evidence: Files): Kills | null => {
  const text = evidence.get(NAMES.killMatrix);
  if (text === undefined) return null;
  try {
    const checked = checkSelftest(JSON.parse(text));
    return checked.ok ? killsOf(checked.data) : null;
  } catch {
    return null;
  }
};

/** The files that follow from a record and its evidence. */
export const derivedFiles = async (
  record: RunRecord,
  guide: Guide,
  evidence: Files,
): Promise<Files> => {
  const files = new Map([
    ['profile.json', stableJson(record.profile)],
    ['waivers.json', stableJson(waiversIn(record))],
  ]);
  const kills = killsIn(evidence);
  for (const [name, format] of rendered)
    files.set(name, await render(format, record, { guide, colour: false, kills }));
  return files;
};

/** The list of all other files with their digests. */
export const manifestOf = (files: Files, { tool }: RunRecord): string => {
  const sorted = [...files]
    .filter(([name]) => name !== NAMES.manifest && name !== NAMES.statement)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const digests = Object.fromEntries(sorted.map(([name, text]) => [name, sha256(text)]));
  return stableJson({ schema: BUNDLE_SCHEMA, tool, files: digests });
};

/** The statement about a certificate with this manifest. */
export const statementText = (record: RunRecord, manifest: string): string =>
  stableJson(statementOf(record, { name: NAMES.manifest, sha256: sha256(manifest) }));

/** All files of a certificate: the record as it was reported, and the evidence. */
export const bundleFiles = async (
  report: string,
  record: RunRecord,
  evidence: Files,
  guide: Guide,
): Promise<Files> => {
  const files = new Map([...evidence, ...(await derivedFiles(record, guide, evidence))]);
  files.set(NAMES.report, report);
  const manifest = manifestOf(files, record);
  return files.set(NAMES.manifest, manifest).set(NAMES.statement, statementText(record, manifest));
};
