/** Where in a module an exception of its was thrown, out of the exception's stack. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Frame, Place } from '../trace/place.ts';
import { printable } from '../trace/printable.ts';

const stackCharactersMax = 20_000;
const framesMax = 16;
const nameCharactersMax = 120;
const ownFolder = fileURLToPath(new URL('..', import.meta.url));
/** Where the stack ends is a matter of luck, and so is the line. */
const isOverflow = (error: Error): boolean =>
  error instanceof RangeError && /call stack/.test(error.message);

/**
 * The place; null when nothing on the stack is the subject's. The exception is a hostile object.
 */
export const placeOfException = (reason: unknown): Place | null => {
  try {
    if (!(reason instanceof Error) || isOverflow(reason)) return null;
    const text = String(reason.stack).slice(0, stackCharactersMax);
    const lines = text.split('\n').flatMap(frameOf);
    // What a service of ours threw comes first, and what called the subject comes last.
    const from = lines.findIndex(({ isSubject }) => isSubject);
    const called = lines.slice(Math.max(from, 0));
    const to = called.findIndex(({ isSubject }) => !isSubject);
    const stack = (to < 0 ? called : called.slice(0, to))
      .slice(0, framesMax)
      .map(({ frame }) => frame);
    return stack[0] ? { ...stack[0], stack } : null;
  } catch {
    return null;
  }
};

/** `at name (file:///folder/file.ts:3:4)`, or without a name. */
const frameLine =
  /^ {4}at (?:(.{1,200}?) \()?(?:file:\/\/)?([^()]{1,1000}?)(?:\?[^:()]*)?:(\d+):\d+\)?$/;

const frameOf = (line: string): { frame: Frame; isSubject: boolean }[] => {
  const [, name, where = '', number] = frameLine.exec(line) ?? [];
  if (number === undefined) return [];
  const file = printable(path.basename(where), nameCharactersMax);
  const called = name === undefined ? null : printable(name, nameCharactersMax);
  const frame = { function: called, file, line: Number(number), module: file, offset: null };
  return [{ frame, isSubject: isOfSubject(where) }];
};

/** Neither Node.js itself nor the harness; a path of Windows comes as `/C:/…`. */
const isOfSubject = (where: string): boolean => {
  const file = path.normalize(decodeURIComponent(where).replace(/^\/(?=[A-Za-z]:)/, ''));
  return path.isAbsolute(file) && !file.startsWith(ownFolder);
};
