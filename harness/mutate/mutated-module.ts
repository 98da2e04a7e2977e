/**
 * A mutated module in a folder of its own: the sources between the subject and the mutated file are
 * copied, and what they import besides is named by its whole address.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const imported = /((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\2/g;

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(imported)].map(([, , , name]) =>
    path.resolve(path.dirname(file), name!),
  );

/** The files on the ways from a subject to one that it is made of; null: there is no way. */
const filesBetween = (from: string, to: string, seen = new Set<string>()): Set<string> | null => {
  if (from === to) return new Set([to]);
  seen.add(from);
  const ways = importsOf(from).flatMap((next) => {
    const way = seen.has(next) || !isBeside(next, to) ? null : filesBetween(next, to, seen);
    return way === null ? [] : [...way];
  });
  return ways.length === 0 ? null : new Set([from, ...ways]);
};

/** A subject is made of files of one folder; others are the project's that it uses. */
const isBeside = (file: string, other: string): boolean =>
  path.dirname(file) === path.dirname(other);

/**
 * Writes a subject of which one file has another text.
 * @returns the file to load; null: the subject does not import the mutated file
 */
export const writeMutatedModule = (
  subject: string,
  file: string,
  text: string,
  folder: string,
): string | null => {
  const copied = filesBetween(subject, file);
  if (copied === null) return null;
  mkdirSync(folder, { recursive: true });
  const there = (name: string): string => path.join(folder, path.basename(name));
  for (const name of copied) {
    const source = name === file ? text : readFileSync(name, 'utf8');
    const moved = source.replace(imported, (_, before: string, quote: string, to: string) => {
      const target = path.resolve(path.dirname(name), to);
      return (
        before + quote + pathToFileURL(copied.has(target) ? there(target) : target).href + quote
      );
    });
    writeFileSync(there(name), moved);
  }
  return there(subject);
};
