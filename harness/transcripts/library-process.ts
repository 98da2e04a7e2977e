/**
 * Replays transcripts through a runtime library in a process of its own, so that a library that
 * crashes, ends the process or does not come back costs one sentence.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { limitWords, type Limit } from '../adapters/process-load.ts';
import { watchProcess } from '../host/watch-process.ts';
import { printable } from '../trace/printable.ts';
import { EXIT } from './command.ts';

/** Where the process is; `step` -1 is the loading, one too many the end of the transcript. */
export type LibraryMark = { transcript: string; step: number } | { exitCode: number };

/** On one step; a deregistration that blocks sleeps. */
const stepLimit: Limit = { cpuMs: 60_000, sleptMs: 10_000 };

const placeOf = (mark: LibraryMark | null): string => {
  if (!mark || 'exitCode' in mark || mark.transcript === '') return 'while it was loaded';
  const { transcript, step } = mark;
  return `in transcript ${printable(transcript)}, ${step < 0 ? 'while it was loaded' : `step ${step}`}`;
};

const readMark = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Null where it was torn: the process died while it wrote. */
const markOf = (text: string): LibraryMark | null => {
  try {
    return JSON.parse(text) as LibraryMark;
  } catch {
    return null;
  }
};

/** The exit code; what did not come back is `different`, and `complain` says where it ended. */
export const replayInLibrary = async (
  library: string,
  files: readonly string[],
  complain: (line: string) => void,
): Promise<number> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-'));
  const marks = path.join(folder, 'mark');
  const main = fileURLToPath(new URL('./library-main.ts', import.meta.url));
  const child = fork(main, [path.resolve(library), marks, ...files], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder },
  });
  let hangs = false;
  const giveUp = (): void => {
    hangs = true;
    child.kill('SIGKILL');
  };
  const stop = watchProcess(child.pid ?? 0, stepLimit, giveUp, () => readMark(marks));
  try {
    const ended = await new Promise<string>((resolve) => {
      child.once('error', (reason) => resolve(reason.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const mark = markOf(readMark(marks));
    if (mark && 'exitCode' in mark) return mark.exitCode;
    const what = hangs
      ? `did not come back within ${limitWords(stepLimit)}`
      : `ended the process (${ended})`;
    complain(
      `"${printable(path.basename(library))}" ${what} ${placeOf(mark)}; ` +
        'what follows was not replayed.',
    );
    return EXIT.different;
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
