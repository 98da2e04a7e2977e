/** Loads the library of a native runtime, anew for every instance. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SubjectError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { copyAs, linkNeighbours } from './beside-neighbours.ts';
import { addressOf, functionAt, loadLibrary, type NativeLibrary } from './koffi-binding.ts';
import { checkLibraryFile } from './library-file.ts';
import { RuntimeInstance } from './native-runtime.ts';
import { membersAt } from './runtime-table.ts';

/** A library that is known to be a runtime; every instance is loaded anew. */
export type NativeRuntime = {
  name: string;
  sha256: string;
  instance: () => RuntimeInstance;
  close: () => void;
};

/** Loads a runtime. Throws SubjectError in one sentence when the library is none. */
export const loadNativeRuntime = (file: string): NativeRuntime => {
  checkLibraryFile(file);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-'));
  linkNeighbours(file, folder);
  let copies = 0;
  let anchor: NativeLibrary | null = null;
  const instance = (): RuntimeInstance => {
    // Under another name the library has statics of its own. A runtime that was left in a mess
    // stays loaded.
    const copy = copyAs(file, folder, `${(copies += 1)}-${path.basename(file)}`);
    try {
      return openInstance(copy, path.basename(file));
    } catch (reason) {
      // What it needs may lie where only its own place leads to ($ORIGIN/../lib): loaded from
      // there, it is there for all.
      anchor ??= inPlace(file);
      if (!anchor) throw reason;
      return openInstance(copy, path.basename(file));
    }
  };
  return {
    name: printable(path.basename(file, path.extname(file)), 100),
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    instance,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/**
 * The library from where it lies, so that what it depends on is loaded; null when that fails too.
 */
const inPlace = (file: string): NativeLibrary | null => {
  try {
    return loadLibrary(path.resolve(file));
  } catch {
    return null;
  }
};

/**
 * A library that nobody refers to is unloaded, whoever still calls it; threads of a runtime may.
 */
const loaded: NativeLibrary[] = [];

const openInstance = (file: string, name: string): RuntimeInstance => {
  let symbol: bigint;
  try {
    const library = loadLibrary(file);
    loaded.push(library);
    symbol = library.symbol('cmc_runtime_open');
  } catch (reason) {
    const words = reason instanceof Error ? reason.message : String(reason);
    throw new SubjectError(
      `"${name}" could not be loaded: ${printable(words.replaceAll(path.dirname(file) + path.sep, ''), 300)}`,
    );
  }
  if (symbol === 0n) {
    throw new SubjectError(
      `"${name}" exports no cmc_runtime_open: build it against custom_map_runtime.h.`,
    );
  }
  const table = addressOf(functionAt(symbol, { result: 'uint64_t', parameters: [] })());
  if (table === 0n)
    throw new SubjectError(`"${name}" could not be started: cmc_runtime_open returned NULL.`);
  return new RuntimeInstance(table, membersAt(table, name));
};
