/** Reading the files that a user names: one clear sentence for whatever is wrong with them. */
import { accessSync, constants, statSync } from 'node:fs';
import { UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';

/** Larger files are no reports of ours. */
const BYTES_MAX = 256 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
};

/** Why a file could not be read, in words. */
export const whyUnreadable = (error: unknown): string => {
  const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? code;
};

/** Throws unless the path is a file that can be read. */
export const requireFile = (file: string, what: string): void => {
  try {
    accessSync(file, constants.R_OK);
    if (statSync(file).isFile()) return;
  } catch (error) {
    throw new UsageError(`${what} ${printable(file, 300)} cannot be read: ${whyUnreadable(error)}`);
  }
  throw new UsageError(`${what} ${printable(file, 300)} cannot be read: it is no file`);
};

/** Whether the path is a folder; one that cannot be looked at is none. */
export const isFolder = (name: string): boolean => {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
};

/** Throws unless the path is a folder. */
export const requireFolder = (folder: string, what: string): void => {
  if (isFolder(folder)) return;
  throw new UsageError(`${what} ${printable(folder, 300)} is no folder`);
};

/** The data of a JSON file. */
export const readJson = (file: string, what: string): unknown => {
  requireFile(file, what);
  if (statSync(file).size > BYTES_MAX) {
    throw new UsageError(
      `${what} ${printable(file, 300)} is larger than 256 MB: it is not of this tool`,
    );
  }
  const text = readText(file, `${what} ${printable(file, 300)}`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(
      `${what} ${printable(file, 300)} is torn or no JSON; write it anew with this tool`,
    );
  }
};
