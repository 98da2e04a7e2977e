/**
 * `npm run transcripts -- FILE…`: replays recorded eBPFCore behaviour through the reference runtime
 * in dialect as-shipped and shows where it differs. Exit codes as in command.ts, 7 for our own
 * fault.
 */
import { printable } from '../trace/printable.ts';
import { EXIT, runTranscripts } from './command.ts';

try {
  process.exitCode = runTranscripts(process.argv.slice(2), console.log, console.error);
} catch (error) {
  console.error(
    `The replay itself failed: ${printable(error instanceof Error ? error.message : String(error))}.`,
  );
  process.exitCode = EXIT.harness;
}
