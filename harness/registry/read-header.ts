/**
 * Gets a header's text from the disk, bounded, or says in one sentence why not. What it means is
 * parse-header.ts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isUtf16 } from '../trace/text-file.ts';
import { HeaderError } from './header.ts';

/** The real header has about 20 kB; a file of this size is something else. */
export const headerBytesMax = 512 * 1024;

const advice = 'give the path of ebpf_structs.h';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: `there is no such file; ${advice}`,
  ENOTDIR: `there is no such file; ${advice}`,
  EISDIR: `this is a directory; ${advice}`,
  EACCES: 'the file may not be read; check its permissions',
  EPERM: 'the file may not be read; check its permissions',
  ELOOP: `its links lead in a circle; ${advice}`,
};

/** Reads a header; throws a HeaderError for a directory, a missing, large or binary file. */
export function readHeader(file: string): string {
  if (file === '' || file.includes('\0'))
    throw new HeaderError(file, `this is no file name; ${advice}`);
  return decode(readBytes(file), file);
}

function readBytes(file: string): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const found = fstatSync(descriptor);
    if (found.isDirectory()) throw new HeaderError(file, `this is a directory; ${advice}`);
    // A pipe is welcome, since `--base <(git show main:include/ebpf_structs.h)` is one.
    if (!found.isFile() && !found.isFIFO())
      throw new HeaderError(file, `this is a device; ${advice}`);
    return readBounded(descriptor, file);
  } catch (error) {
    if (error instanceof HeaderError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new HeaderError(file, reasons[code] ?? `the file cannot be read (${code}); ${advice}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readBounded(descriptor: number, file: string): Uint8Array {
  const buffer = new Uint8Array(headerBytesMax + 1);
  let length = 0;
  while (length < buffer.length) {
    const got = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (got === 0) return buffer.subarray(0, length);
    length += got;
  }
  throw new HeaderError(file, `the file is larger than ${headerBytesMax / 1024} KiB; ${advice}`);
}

function decode(bytes: Uint8Array, file: string): string {
  if (isUtf16(bytes)) throw new HeaderError(file, 'the file is UTF-16 text; save it as UTF-8');
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new HeaderError(file, `byte ${zero} is NUL, so this is no C text in UTF-8; ${advice}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HeaderError(file, `the file is not UTF-8 text; ${advice}`);
  }
}
