/**
 * Writing what a user named. A plain file is replaced whole, so that nobody ever reads half of it;
 * what is no plain file (a device, a FIFO, a descriptor) is written into; a link is followed and
 * stays.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  lstatSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { HarnessFault } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';

/** Longest chain of links that is followed to a file that is not there yet. */
const linksMax = 40;

/** Whether a name stands for an open descriptor: what is already there must not be cut off. */
const isDescriptor = (file: string): boolean =>
  /^\/(dev\/(fd\/\d+|stdin|stdout|stderr)|proc\/[^/]+\/fd\/\d+)$/.test(path.posix.resolve(file));

/** Whether the name stands for the standard output. */
export const isStandardOutput = (file: string): boolean =>
  /^\/(dev\/(fd\/1|stdout)|proc\/(self|\d+)\/fd\/1)$/.test(path.posix.resolve(file)) &&
  process.platform !== 'win32';

/** The plain file, there or not yet, that a name leads to; null when it leads to something else. */
export const plainTarget = (file: string): string | null => {
  if (isDescriptor(file)) return null;
  try {
    return statSync(file).isFile() ? realpathSync(file) : null;
  } catch {
    return targetOfLinks(path.resolve(file));
  }
};

/** Where links lead that end at nothing. */
const targetOfLinks = (file: string): string => {
  let at = file;
  for (let links = 0; links < linksMax; links += 1) {
    try {
      if (!lstatSync(at).isSymbolicLink()) return at;
    } catch {
      // Nothing is there, or its folder is no folder: whoever writes is told so.
      return at;
    }
    at = path.resolve(path.dirname(at), readlinkSync(at));
  }
  return at;
};

const writeAll = (handle: number, text: string | Uint8Array): void => {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  let written = 0;
  while (written < bytes.length) written += writeSync(handle, bytes, written);
};

/**
 * Writes the whole file or none of it; folders on the way are made. Errors of the file system are
 * thrown as they are.
 */
export const replaceFile = (file: string, text: string | Uint8Array): void => {
  const unfinished = `${file}.${process.pid}.part`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const handle = openSync(unfinished, 'w');
    try {
      writeAll(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
};

const writeInto = (file: string, text: string | Uint8Array): void => {
  const handle = openSync(file, isDescriptor(file) ? 'a' : 'w');
  try {
    writeAll(handle, text);
  } finally {
    closeSync(handle);
  }
};

/** Writes text, or bytes, to what the name stands for. Throws HarnessFault in one sentence. */
export const writeWhole = (file: string, text: string | Uint8Array): void => {
  try {
    const target = plainTarget(file);
    if (target === null) writeInto(file, text);
    else replaceFile(target, text);
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new HarnessFault(
      `${printable(file, 300)} could not be written (${code}); name another place`,
    );
  }
};
