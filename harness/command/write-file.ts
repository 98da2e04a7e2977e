/** Writing a file so that nobody ever reads half of it: a neighbour first, then a rename. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { HarnessFault } from '../fault.ts';
import { printable } from '../trace/printable.ts';

/** Writes the whole file or none of it; folders on the way are made. */
export const writeWhole = (file: string, text: string): void => {
  const unfinished = `${file}.${process.pid}.part`;
  try {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    const handle = openSync(unfinished, 'w');
    try {
      const bytes = Buffer.from(text, 'utf8');
      let written = 0;
      while (written < bytes.length) written += writeSync(handle, bytes, written);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new HarnessFault(
      `${printable(file, 300)} could not be written (${code}); name another place`,
    );
  }
};
