/**
 * Whether a certificate is whole: packed as this tool packs, its digests right, its reports those
 * of its record, its record one that a run can come to. Pure, and nothing in it is believed before
 * it is checked.
 */
import { createHash } from 'node:crypto';
import { checkReport } from '../../reports/check-report.ts';
import type { Guide } from '../../reports/violation-view.ts';
import { requirementsSha256 } from '../abi/catalogue.ts';
import type { RanRun } from '../conclude/ran-run.ts';
import type { RunRecord } from '../conclude/record.ts';
import { printable } from '../trace/printable.ts';
import { pack, unpack, type Files } from './archive.ts';
import { contradictionIn } from './consistency.ts';
import { derivedFiles, isEvidence, manifestOf, NAMES, sha256, statementText } from './contents.ts';

/** A certificate that holds, or why it is refused, in one sentence. */
export type CheckedBundle =
  | { ok: true; record: RunRecord; runs: RanRun[]; digest: string; files: Files }
  | { ok: false; problem: string };

const refused = (problem: string): CheckedBundle => ({ ok: false, problem });

const jsonIn = (files: Files, name: string): unknown => {
  try {
    return JSON.parse(files.get(name) ?? '') as unknown;
  } catch {
    return null;
  }
};

/** Checks the bytes of a certificate that this version of the tool made. */
export const checkBundle = async (
  bytes: Uint8Array,
  { version, guide }: { version: string; guide: Guide },
): Promise<CheckedBundle> => {
  const files = unpack(bytes);
  if (files === null) return refused('it is no archive, or a torn one');
  const required = [NAMES.report, NAMES.manifest, NAMES.statement, NAMES.environment];
  const missing = required.find((name) => !files.has(name));
  if (missing) return refused(`${missing} is missing`);
  const checked = checkReport(jsonIn(files, NAMES.report));
  if (!checked.ok) return refused(`its report is none of this tool: ${checked.problem}`);
  const record = checked.data;
  if (record.tool.version !== version)
    return refused(
      `it was made by version ${printable(record.tool.version, 40)} of the tool, this is ${version}; verify it with that one`,
    );
  if (record.suite.requirementsSha256 !== requirementsSha256)
    return refused('it was judged by another list of rules than this version has');
  const problem =
    (await fileTrouble(files, record, guide)) ??
    contradictionIn(record) ??
    runsTrouble(files, record);
  if (problem !== null) return refused(problem);
  if (!Buffer.from(pack(files)).equals(bytes))
    return refused('the archive holds more than its files, or is not packed as this tool packs');
  const digest = createHash('sha256').update(files.get(NAMES.manifest)!).digest('hex');
  return { ok: true, record, runs: runsIn(files) ?? [], digest, files };
};

/** Names, digests, and what can be made again from the record. */
const fileTrouble = async (
  files: Files,
  record: RunRecord,
  guide: Guide,
): Promise<string | null> => {
  const { files: listed = {} } = (jsonIn(files, NAMES.manifest) ?? {}) as {
    files?: Record<string, string>;
  };
  for (const [name, digest] of Object.entries(listed)) {
    const text = files.get(name);
    if (text === undefined) return `${printable(name, 200)} is missing`;
    if (sha256(text) !== digest)
      return `${printable(name, 200)} is not what the manifest says: its digest differs`;
  }
  const derived = await derivedFiles(record, guide, files);
  const own: string[] = [NAMES.report, NAMES.manifest, NAMES.statement];
  for (const [name] of files) {
    if (own.includes(name) || isEvidence(name) || derived.has(name)) continue;
    return `${printable(name, 200)} does not belong to it`;
  }
  for (const [name, text] of derived) {
    if (!files.has(name)) return `${name} is missing`;
    if (files.get(name) !== text) return `${name} is not what its report comes to`;
  }
  const manifest = manifestOf(files, record);
  if (files.get(NAMES.manifest) !== manifest) return 'the manifest does not list its files';
  return files.get(NAMES.statement) === statementText(record, manifest)
    ? null
    : 'the statement is not about this report and manifest';
};

const isRan = (data: unknown): data is RanRun => {
  const { plan, choices, trace } = (data ?? {}) as Partial<RanRun>;
  return (
    typeof plan === 'object' &&
    Array.isArray(choices) &&
    typeof trace === 'string' &&
    /^[0-9a-f]{64}$/.test(trace)
  );
};

/** The runs of a certificate; null: a line of them is none. */
const runsIn = (files: Files): RanRun[] | null => {
  const lines = (files.get(NAMES.runs) ?? '').split('\n').filter((line) => line !== '');
  try {
    const runs = lines.map((line) => JSON.parse(line) as unknown);
    return runs.every(isRan) ? runs : null;
  } catch {
    return null;
  }
};

const runsTrouble = (files: Files, { executed, requirements }: RunRecord): string | null => {
  const runs = runsIn(files);
  if (runs === null) return 'a line of its runs is none';
  const { runs: kept = 0 } = (jsonIn(files, NAMES.environment) ?? {}) as { runs?: number };
  if (kept !== runs.length) return `it kept ${kept} runs, and ${runs.length} are there`;
  if (runs.length > executed.runs)
    return `${runs.length} runs are there, and the report counts ${executed.runs}`;
  const stray = [...files.keys()].find((name) => {
    const [, id] = /^counterexamples\/([A-Z-]+-\d{3})/.exec(name) ?? [];
    const row = requirements.find((one) => one.id === id);
    return (
      id !== undefined &&
      !row?.counterexample &&
      !Object.values(row?.advisory ?? {}).some(({ replay }) => replay)
    );
  });
  return stray ? `${stray} is of a rule that the report knows no violation of` : null;
};

/** `count` of the runs, none twice, drawn by the digest of the certificate itself. */
export const drawn = (runs: readonly RanRun[], digest: string, count: number): RanRun[] => {
  const left = runs.filter(({ once }) => once !== true);
  const chosen: RanRun[] = [];
  for (let turn = 0; chosen.length < count && left.length > 0; turn += 1) {
    const word = createHash('sha256').update(`${digest} ${turn}`).digest();
    chosen.push(...left.splice(Number(word.readBigUInt64BE() % BigInt(left.length)), 1));
  }
  return chosen;
};
