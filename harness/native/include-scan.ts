/**
 * Which files a C source reaches through quoted includes, so that a change in any of them rebuilds
 * its library.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The source itself and every project file that it includes, directly or not. Conditions are not
 * evaluated, so this may be
 * too much and is never too little; files that are not found are the system's.
 */
export function sourcesReached(source: string, folders: readonly string[]): readonly string[] {
  const reached = new Set([source]);
  for (const file of reached) {
    for (const match of readFileSync(file, 'utf8').matchAll(
      /^\s*#\s*include\s+["<]([^">]+)[">]/gm,
    )) {
      const found = [dirname(file), ...folders]
        .map((folder) => join(folder, match[1] ?? ''))
        .find(existsSync);
      if (found !== undefined) reached.add(found); // A set hands out what is added while it is walked.
    }
  }
  return [...reached];
}
