/**
 * Text of files that a user names, as editors of all systems write it: UTF-8, with or without a
 * byte order mark.
 */
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors/errors.ts';
import { printable } from './printable.ts';

/**
 * Whether text is stored as UTF-16: by its mark, or because every other byte of plain text is zero.
 */
export const isUtf16 = (bytes: Uint8Array): boolean => {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isMarked || (bytes.length > 1 && (first === 0) !== (second === 0));
};

/**
 * The text without its mark. Throws UsageError for UTF-16, with what to do about it; `name` names
 * the file there.
 */
export const decodeText = (bytes: Uint8Array, name: string): string => {
  if (isUtf16(bytes)) throw new UsageError(`${name} is UTF-16 text; save it as UTF-8`);
  return new TextDecoder('utf-8').decode(bytes);
};

/** The text of a file. Errors of the file system are thrown as they are. */
export const readText = (file: string, name = printable(file, 300)): string =>
  decodeText(readFileSync(file), name);
