/**
 * Where a host keeps temporary files: a folder of its own, made when it is first needed. A host may
 * be killed at any moment, so its parent chooses the name and removes what is left under it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { copyBesideNeighbours } from '../adapters/beside-neighbours.ts';

let named: string | null = null;
let isMade = false;
let copies = 0;

/** In the parent: a name that nobody uses. */
export const newFolderName = (): string =>
  path.join(os.tmpdir(), `mapcert-host-${randomBytes(6).toString('hex')}`);

/** In the parent: the host is gone, and so is its folder. */
export const removeFolder = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows may hold a file of a dying process a moment longer; nothing depends on it.
  }
};

/** In the host: the name that its parent chose. */
export const nameOwnFolder = (folder: string | undefined): void => {
  named = folder ?? null;
};

/**
 * In the host: from now on temporary files, the subject's too, go to its own folder. Elsewhere it
 * does nothing.
 */
export const useOwnFolder = (): void => {
  if (named === null || isMade) return;
  mkdirSync(named, { mode: 0o700 });
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = named;
  isMade = true;
};

/** In the host: a copy of a file, under the same name, that lies there until the host is gone. */
export const copyOf = (file: string): string => {
  useOwnFolder();
  const folder = path.join(named ?? os.tmpdir(), `copy-${(copies += 1)}`);
  mkdirSync(folder);
  return copyBesideNeighbours(file, folder);
};
