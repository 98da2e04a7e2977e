/**
 * `npm run transcripts -- FILE… [--runtime LIBRARY]`: replays recorded eBPFCore behaviour through
 * the reference runtime in dialect as-shipped, or through a library behind custom_map_runtime.h,
 * and shows where it differs. Exit codes as in command.ts, 5 for a library that cannot be used, 7
 * for our own fault.
 */
import { parseArgs } from 'node:util';
import { printable } from '../trace/printable.ts';
import { EXIT, runTranscripts } from './command.ts';
import { replayInLibrary } from './library-process.ts';

const wordsOf = (reason: unknown): string =>
  printable(reason instanceof Error ? reason.message : String(reason));

const readArguments = () => {
  try {
    const options = { runtime: { type: 'string' } } as const;
    return parseArgs({ allowPositionals: true, options });
  } catch (reason) {
    const [why] = wordsOf(reason).split('. ');
    console.error(`${why}: npm run transcripts -- FILE… [--runtime LIBRARY]`);
    return null;
  }
};

try {
  const given = readArguments();
  process.exitCode = !given
    ? EXIT.malformed
    : given.values.runtime === undefined
      ? runTranscripts(given.positionals, console.log, console.error)
      : await replayInLibrary(given.values.runtime, given.positionals, console.error);
} catch (error) {
  console.error(`The replay itself failed: ${wordsOf(error)}.`);
  process.exitCode = EXIT.harness;
}
