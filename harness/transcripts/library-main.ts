/**
 * The process that a runtime library is loaded into, for `npm run transcripts -- FILE… --runtime
 * LIBRARY`; library-process.ts starts it. Arguments: library, file of marks, files. Before each
 * step it leaves a mark; the last one is the exit code.
 */
import { ftruncateSync, openSync, writeSync } from 'node:fs';
import { loadNativeRuntime } from '../adapters/load-runtime.ts';
import { Observer } from '../adapters/observer.ts';
import { EndedEarly } from '../errors/errors.ts';
import { buildNative, NativeBuildError } from '../native/build.ts';
import { printable } from '../trace/printable.ts';
import { EXIT, runTranscripts } from './command.ts';
import { libraryComparison } from './in-library.ts';
import type { LibraryMark } from './library-process.ts';

const [library = '', marks = '', ...files] = process.argv.slice(2);
const descriptor = openSync(marks, 'w');
const mark = (what: LibraryMark): void => {
  const text = JSON.stringify(what);
  writeSync(descriptor, text, 0);
  ftruncateSync(descriptor, Buffer.byteLength(text));
};

const replayAll = async (): Promise<number> => {
  const runtime = loadNativeRuntime(library);
  try {
    mark({ transcript: '', step: -1 });
    runtime.instance();
    const [built] = await buildNative('observer/');
    const compare = libraryComparison(runtime, new Observer(built!.library), (transcript, step) =>
      mark({ transcript, step }),
    );
    return runTranscripts(files, console.log, console.error, compare);
  } finally {
    runtime.close();
  }
};

const answer = async (): Promise<number> => {
  try {
    return await replayAll();
  } catch (reason) {
    if (!(reason instanceof EndedEarly) && !(reason instanceof NativeBuildError)) throw reason;
    console.error(printable(reason.message));
    return reason.exitCode;
  }
};

try {
  mark({ exitCode: await answer() });
} catch (reason) {
  const words = reason instanceof Error ? reason.message : String(reason);
  console.error(`The replay itself failed: ${printable(words)}.`);
  mark({ exitCode: EXIT.harness });
}
// A library may have left threads behind.
process.exit();
