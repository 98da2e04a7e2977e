/**
 * `npm run divergences`: writes docs/DIVERGENCES.md and docs/FINDINGS.md from the recordings of the
 * repository. With files it prints the first for them; `--trace FILE` also writes the converted
 * traces, for `mapcert certify`. Exit 0, 4 for files that are no transcripts.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors/errors.ts';
import { unseenRules } from '../conclude/blind-spots.ts';
import { readErrata } from '../conclude/errata.ts';
import { traceLines } from '../trace/codec.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';
import { convert } from '../transcripts/convert.ts';
import { divergencePage } from '../transcripts/divergence-page.ts';
import { evidenceOf } from '../transcripts/divergence.ts';
import { readFindings, type Finding } from '../transcripts/findings.ts';
import { findingsPage } from '../transcripts/findings-page.ts';
import {
  MalformedTranscript,
  readTranscripts,
  type Transcript,
} from '../transcripts/transcript.ts';
import { CHAPTERS } from '../../suites/catalogue.ts';

const inRepository = (name: string): string =>
  fileURLToPath(new URL(`../../${name}`, import.meta.url));

const recordings = ['scenarios', 'random', 'builtin-types'].map(
  (name) => `fixtures/traces/eBPFCore/${name}.jsonl`,
);
const errataFile = 'fixtures/errata/ebpfcore.yaml';
const page = 'docs/DIVERGENCES.md';

/** The page for these transcripts. */
export const pageOf = (transcripts: readonly Transcript[]): string =>
  divergencePage(evidenceOf(transcripts, CHAPTERS), readErrata(inRepository(errataFile)).list);

/** The page of findings, over the repository's own transcripts. */
export const ownFindings = (transcripts: readonly Transcript[]): string =>
  findingsPage(evidenceOf(transcripts, CHAPTERS), knownFindings());

/** The findings that the repository lists. */
export const knownFindings = (): Finding[] =>
  readFindings(inRepository('fixtures/errata/findings.yaml'));

/** The transcripts that the repository carries. */
export const ownTranscripts = (): Transcript[] =>
  recordings.flatMap((name) => transcriptsIn(inRepository(name), name));

const transcriptsIn = (file: string, shown = file): Transcript[] => {
  let text: string;
  try {
    text = readText(file);
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new UsageError(`${printable(shown, 300)} cannot be read; name files of transcripts`);
  }
  return readTranscripts(text, shown);
};

const writeTrace = (file: string, transcripts: readonly Transcript[]): void => {
  const header = {
    subject: 'runtime',
    name: 'eBPFCore',
    revision: 'merged',
    untold: unseenRules(CHAPTERS, ['transcripts']),
  } as const;
  const out = openSync(file, 'w');
  try {
    for (const line of traceLines(header, transcripts.map(convert))) writeSync(out, line);
  } finally {
    closeSync(out);
  }
};

/** The command on its arguments; answers the exit code. */
export const runDivergences = (
  words: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): number => {
  const at = words.indexOf('--trace');
  const trace = at === -1 ? undefined : words[at + 1];
  const files =
    at === -1 ? [...words] : words.filter((_, index) => index !== at && index !== at + 1);
  try {
    const option = files.find((word) => word.startsWith('-'));
    if (option !== undefined || (at !== -1 && trace === undefined)) {
      throw new UsageError(
        `${printable(option ?? '--trace', 60)}: npm run divergences -- [--trace FILE] [FILE…]`,
      );
    }
    const transcripts = files.length
      ? files.flatMap((file) => transcriptsIn(file))
      : ownTranscripts();
    if (trace !== undefined) writeTrace(trace, transcripts);
    const text = pageOf(transcripts);
    if (files.length) print(text);
    else {
      writeFileSync(inRepository(page), text);
      writeFileSync(inRepository('docs/FINDINGS.md'), ownFindings(transcripts));
    }
    return 0;
  } catch (reason) {
    if (!(reason instanceof UsageError) && !(reason instanceof MalformedTranscript)) throw reason;
    complain(printable(reason.message));
    return 4;
  }
};
