/**
 * Where the child is: eight numbers in a file that both processes have open, written before and
 * after every call into the subject. The file has no name any more when it is used, so nothing is
 * left behind.
 */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { DISPATCH_CALLBACKS, type CallbackName } from '../abi/callbacks.ts';
import type { CallMarker } from '../provider/observed.ts';

const callbacks: readonly CallbackName[] = [
  ...DISPATCH_CALLBACKS,
  'ProviderAttachClient',
  'ProviderDetachClient',
  'ProviderCleanupBindingContext',
  'start',
  'stop',
  'makeValue',
  'releaseValue',
  'drain',
  'resourceCount',
  'invokeHelper',
  'deferred work',
];

const words = 8;
export const markerBytes = 4 * words;

/** What the child does: nothing, something of the harness, or a call into the subject. */
export type Stage = 'idle' | 'harness' | 'subject';
const stages: readonly Stage[] = ['idle', 'harness', 'subject'];

export type Mark = {
  stage: Stage;
  /** Position in the batch. */
  job: number;
  call: number;
  op: number;
  callback: CallbackName;
  /** Changes with every mark. */
  beat: number;
};

/**
 * Writes marks. `target` is memory that the parent sees; `flush` makes it so where it is not
 * shared.
 */
export class MarkWriter implements CallMarker {
  private readonly mark: Int32Array;
  private readonly flush: () => void;
  private readonly outer: { call: number; op: number; callback: number }[] = [];
  private readonly indices = new Map(callbacks.map((name, index) => [name, index]));

  constructor(target: Int32Array, flush: () => void) {
    this.mark = target;
    this.flush = flush;
  }

  /** A job of the batch begins. */
  begin(job: number): void {
    this.outer.length = 0;
    this.mark[2] = job;
    this.put(1, 0, 0, 0);
  }

  /** Nothing to do. */
  idle(): void {
    this.outer.length = 0;
    this.put(0, 0, 0, 0);
  }

  enter(call: number, op: number, callback: CallbackName): void {
    const index = this.indices.get(callback) ?? 0;
    this.outer.push({ call, op, callback: index });
    this.put(2, call, op, index);
  }

  leave(): void {
    this.outer.pop();
    const outer = this.outer.at(-1);
    if (outer) this.put(2, outer.call, outer.op, outer.callback);
    else this.put(1, this.mark[3]!, this.mark[4]!, this.mark[5]!);
  }

  private put(stage: number, call: number, op: number, callback: number): void {
    const { mark } = this;
    mark[1] = stage;
    mark[3] = call;
    mark[4] = op;
    mark[5] = callback;
    mark[0] = (mark[0]! + 1) | 0;
    this.flush();
  }
}

/** Reads the marks of a child. */
export const readMark = (file: number): Mark => {
  const mark = new Int32Array(words);
  readSync(file, mark, 0, markerBytes, 0);
  return {
    stage: stages[mark[1]!] ?? 'idle',
    job: mark[2]!,
    call: mark[3]!,
    op: mark[4]!,
    callback: callbacks[mark[5]!] ?? 'start',
    beat: mark[0]!,
  };
};

/**
 * Files without a name: for marks, for the journal of a run that may not come back, for the last
 * words of a crash.
 */
export type SharedFiles = { marks: number; journal: number; crash: number; close: () => void };

export const openSharedFiles = (): SharedFiles => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-'));
  const open = (name: string): number => openSync(path.join(folder, name), 'w+');
  const marks = open('marks');
  const journal = open('journal');
  const crash = open('crash');
  writeSync(marks, new Uint8Array(markerBytes), 0, markerBytes, 0);
  removeFolder(folder);
  return {
    marks,
    journal,
    crash,
    close: () => {
      closeSync(marks);
      closeSync(journal);
      closeSync(crash);
      if (process.platform === 'win32') removeFolder(folder);
    },
  };
};

/** Windows keeps the names of open files, and a dying process may hold them a moment longer. */
const removeFolder = (folder: string): void => {
  try {
    rmSync(folder, {
      recursive: true,
      force: true,
      maxRetries: process.platform === 'win32' ? 3 : 0,
    });
  } catch (reason) {
    if (process.platform !== 'win32') throw reason;
  }
};

/** Ends what a journal held. */
export const clearJournal = (file: number): void => ftruncateSync(file, 0);

/** The whole lines of a journal; a line that was cut by the end of its process is left out. */
export const readJournal = (file: number): string[] => {
  const pieces: Buffer[] = [];
  const pieceBytes = 1 << 16;
  for (let at = 0; ;) {
    const piece = Buffer.alloc(pieceBytes);
    const got = readSync(file, piece, 0, pieceBytes, at);
    if (got === 0) break;
    pieces.push(piece.subarray(0, got));
    at += got;
  }
  return Buffer.concat(pieces).toString('utf8').split('\n').slice(0, -1);
};
