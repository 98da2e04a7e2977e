/**
 * Differences as text a person reads: few per transcript, values bounded and harmless on a
 * terminal.
 */
import type { Comparison, Difference } from './compare.ts';
import type { Transcript } from './transcript.ts';
import { printable } from '../trace/printable.ts';

/** Differences shown per transcript, and transcripts shown at all. */
export const SHOWN = { perTranscript: 3, transcripts: 20, characters: 240 } as const;

const text = (value: unknown): string =>
  printable(value === undefined ? 'absent' : JSON.stringify(value), SHOWN.characters);

const stepText = (transcript: Transcript, index: number): string => {
  const step = transcript.steps[index];
  return step ? `step ${index} ${step.op} ${text(step.args)}` : 'the transcript as a whole';
};

const rows = (transcript: Transcript, { step, field, expected, got }: Difference): string[] => [
  `  ${stepText(transcript, step)}: ${field || 'answer'}`,
  `    expected ${text(expected)}`,
  `    got      ${text(got)}`,
];

/** The differences of one transcript, the first ones in full. */
export const describeDifferences = (
  transcript: Transcript,
  differences: readonly Difference[],
): string => {
  const shown = differences.slice(0, SHOWN.perTranscript);
  const hidden = differences.length - shown.length;
  return [
    `${printable(transcript.id)}: ${differences.length} of ${transcript.steps.length} steps differ`,
    ...shown.flatMap((difference) => rows(transcript, difference)),
    ...(hidden > 0 ? [`  … ${hidden} more`] : []),
  ].join('\n');
};

/** How often each word comes, in order of first sight. */
const counted = (all: readonly string[]): [word: string, times: number][] =>
  [...new Set(all)].map((word) => [word, all.filter((one) => one === word).length]);

/** What was not compared, a line for each reason; none where all of it was. */
export const describeGaps = (compared: readonly Omit<Comparison, 'differences'>[]): string[] => [
  ...counted(compared.flatMap(({ leftOut }) => leftOut ?? [])).map(
    ([why, times]) => `transcripts left out: ${times}, as ${why}`,
  ),
  ...counted(compared.flatMap(({ notAsked }) => notAsked)).map(
    ([op, times]) => `steps of ${op} left out: ${times}, as the library has no entry point for it`,
  ),
  ...new Set(compared.flatMap(({ untold }) => untold.map((what) => `not compared: ${what}`))),
];
