/**
 * The transcripts command: reads files, replays each transcript, compares, prints. Exit 0 all
 * identical, 1 some different, 4 unreadable or malformed, 6 no line. main.ts only calls it.
 */
import { UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';
import { compareRuns, type Comparison, type Difference } from './compare.ts';
import { describeDifferences, describeGaps, SHOWN } from './report.ts';
import { unknownSettings } from './provider-behaviour.ts';
import { replay } from './replay.ts';
import { MalformedTranscript, readTranscripts, type Transcript } from './transcript.ts';

export const EXIT = { identical: 0, different: 1, malformed: 4, empty: 6, harness: 7 } as const;

/**
 * Where a transcript's replay differs from what was observed. The replay is not told the latter.
 */
export const differencesOf = (transcript: Transcript): Difference[] => {
  const { observed, validates, ...asked } = transcript;
  return compareRuns(asked.steps, { observed, validates }, replay(asked));
};

const inReference = (transcript: Transcript): Comparison => ({
  differences: differencesOf(transcript),
  ...{ leftOut: null, notAsked: [], untold: [] },
});

const contents = (file: string): string => {
  try {
    return readText(file);
  } catch (error) {
    if (error instanceof UsageError) throw new MalformedTranscript(`${error.message}.`);
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a directory'
          : (code ?? 'unknown reason');
    throw new MalformedTranscript(`${file}: cannot be read, ${why}; name files of JSON lines.`);
  }
};

/** Provider settings that a replay leaves out of account. */
const notesOn = ({ id, providers, steps }: Transcript): string[] =>
  [
    ...providers,
    ...steps.filter(({ op }) => op === 'set' || op === 'mutate').map(({ args }) => args),
  ]
    .flatMap(unknownSettings)
    .map((key) => `${id}: note: the provider setting ${key} is not known and has no effect here`);

/**
 * The whole command on its files; `print` takes lines of the report, `complain` the one sentence of
 * a failure, `compare` replays a transcript.
 */
export const runTranscripts = (
  files: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void,
  compare: (transcript: Transcript) => Comparison = inReference,
): number => {
  let transcripts: Transcript[];
  try {
    if (files.length === 0)
      throw new MalformedTranscript(
        'No file named: npm run transcripts -- FILE… takes files of JSON lines.',
      );
    transcripts = files.flatMap((file) => readTranscripts(contents(file), file));
  } catch (error) {
    if (!(error instanceof MalformedTranscript)) throw error;
    complain(printable(error.message));
    return EXIT.malformed;
  }
  if (transcripts.length === 0) {
    complain(`No transcript in ${printable(files.join(', '))}: nothing was replayed.`);
    return EXIT.empty;
  }
  for (const note of transcripts.flatMap(notesOn).slice(0, SHOWN.transcripts))
    print(printable(note));
  const compared = transcripts.map((transcript) => ({ transcript, ...compare(transcript) }));
  const different = compared.filter(({ differences }) => differences.length > 0);
  const asked = compared.filter(({ leftOut }) => leftOut === null).length;
  for (const { transcript, differences } of different.slice(0, SHOWN.transcripts)) {
    print(describeDifferences(transcript, differences));
  }
  const hidden = different.length - SHOWN.transcripts;
  if (hidden > 0) print(`… and ${hidden} more transcripts differ`);
  for (const line of describeGaps(compared)) print(line);
  if (asked === 0) {
    complain('None of the transcripts can be asked of this runtime: nothing was replayed.');
    return EXIT.empty;
  }
  print(`${asked - different.length} identical, ${different.length} different`);
  return different.length > 0 ? EXIT.different : EXIT.identical;
};
