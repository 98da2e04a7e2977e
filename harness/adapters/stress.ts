/**
 * The stress driver as the harness calls it: text in, text out
 * (harness/native/stress/cmc_stress.h). The call blocks until the run is over and may end the
 * process, so it belongs into a process of its own.
 */
import { functionAt, loadLibrary, type Signature } from './koffi-binding.ts';

const runText: Signature = { result: 'bool', parameters: ['void*', 'void*', 'size_t'] };
const answerBytes = 65_536;

const cString = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes.subarray(0, Math.max(0, bytes.indexOf(0))));

/** Runs the driver with lines `name=value`. Throws when it refuses one. */
export const driveStress = (driver: string, options: readonly string[]): string => {
  const run = functionAt(loadLibrary(driver).symbol('cmc_stress_run_text'), runText);
  const given = new TextEncoder().encode(`${options.join('\n')}\n\0`);
  const answer = new Uint8Array(answerBytes);
  if (run(given, answer, answer.length) !== true) {
    throw new Error(`the stress driver refuses the option ${cString(answer)}`);
  }
  return cString(answer);
};

/** What a run of the driver said, or its last words before a crash. */
export type StressAnswer = {
  outcome: 'done' | 'hung' | 'not-started';
  reason: string;
  callbacks: number;
  perThread: number[];
  /** How often what rules may be about was met, by name. */
  met: Map<string, number>;
  sights: StressSight[];
};

/** What was seen, and whether by one thread alone, beside others, or by all that were stuck. */
export type StressSight = { what: string; when: 'alone' | 'beside' | 'stuck'; words: string };

const outcomes = ['done', 'hung', 'not-started'] as const;

const sightOf = ([what = '', when, ...rest]: string[]): StressSight => ({
  what,
  when: when === 'alone' || when === 'stuck' ? when : 'beside',
  words: rest.at(-1) ?? '',
});

/** Reads the driver's lines; null when there is no outcome among them. */
export const readStressAnswer = (text: string): StressAnswer | null => {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const named = (name: string): string[][] =>
    lines.filter(([first]) => first === name).map(([, ...words]) => words);
  const [ending] = named('outcome');
  const outcome = outcomes.find((one) => one === ending?.[0]);
  if (!outcome) return null;
  return {
    outcome,
    reason: ending?.[1] ?? '',
    callbacks: Number(named('callbacks')[0]?.[0] ?? 0),
    perThread: named('thread').map(([, calls]) => Number(calls)),
    met: new Map(named('met').map(([what = '', times]) => [what, Number(times)])),
    sights: named('saw').map(sightOf),
  };
};

/** Whether the driver wrote to stderr that the threads run now. */
export const saysBegun = (text: string): boolean => /^stress-began$/m.test(text);

/** How the process was lost, as the driver wrote it to stderr before it ended. */
export type StressLastWords = {
  how: string;
  place: string;
  sights: StressSight[];
};

/** Finds the last words in what the process wrote to stderr; null when there are none. */
export const readLastWords = (text: string): StressLastWords | null => {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const lost = lines.find(([first]) => first === 'stress-lost');
  if (!lost) return null;
  const [, , how = '', place = ''] = lost;
  const sights = lines
    .filter(([first]) => first === 'stress-saw')
    .map(([, ...words]) => sightOf(words));
  return { how, place, sights };
};
