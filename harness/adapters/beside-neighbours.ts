/**
 * A second instance of a library is a copy of its file. What the library looks for in its own
 * folder ($ORIGIN,
 * @loader_path, the folder of a DLL, a path made of its own) must be beside the copy as well.
 */
import { copyFileSync, linkSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** A folder with more than this is no library's own. */
const neighboursMax = 2_000;

/**
 * Copies a library into an empty folder of ours, under `name`, with links to all that lies beside
 * it.
 */
export const copyBesideNeighbours = (
  file: string,
  folder: string,
  name = path.basename(file),
): string => {
  linkNeighbours(file, folder);
  return copyAs(file, folder, name);
};

/** Only the copy: its neighbours are linked already. */
export const copyAs = (file: string, folder: string, name: string): string => {
  const copy = path.join(folder, name);
  copyFileSync(file, copy);
  return copy;
};

/** Links to everything beside a file, except the file. */
export const linkNeighbours = (file: string, folder: string): void => {
  const home = path.dirname(path.resolve(file));
  const names = readdirSync(home).filter((name) => name !== path.basename(file));
  if (names.length > neighboursMax) return;
  for (const name of names) link(path.join(home, name), path.join(folder, name));
};

/**
 * Windows gives symbolic links to few; a hard link does for files of the same volume. What has
 * neither is missed.
 */
const link = (target: string, at: string): void => {
  for (const make of [symlinkSync, linkSync]) {
    try {
      make(target, at);
      return;
    } catch {
      // The other kind is tried; a library that needs the neighbour says so when it is loaded.
    }
  }
};
