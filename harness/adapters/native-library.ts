/** Opens a library file, its exports checked; a copy of it where a second instance is needed. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { SubjectError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { copyBesideNeighbours } from './beside-neighbours.ts';
import { noteImage } from './image-memory.ts';
import { functionAt, loadLibrary, type NativeLibrary, type Signature } from './koffi-binding.ts';

const pointer = 'uint64_t';

/** The module's own functions, in C. */
const functions = {
  cmc_provider_start: { result: 'int32_t', parameters: [pointer] },
  cmc_provider_stop: { result: 'void', parameters: [] },
  cmc_make_value: { result: 'int32_t', parameters: ['uint32_t', 'uint32_t', 'uint64_t', pointer] },
  cmc_release_value: { result: 'void', parameters: ['uint32_t', 'uint32_t', pointer] },
  cmc_resource_count: { result: 'int64_t', parameters: [] },
  cmc_drain: { result: 'void', parameters: [] },
  cmc_invoke_helper: { result: 'uint64_t', parameters: ['uint32_t', pointer] },
  /** A driver's own entry point: for those that are linked against an NMR (external-driver.ts). */
  DriverEntry: { result: 'int32_t', parameters: [pointer, pointer] },
} as const satisfies Record<string, Signature>;

type Name = keyof typeof functions;
/** A library and those of its functions that are there. */
export type OpenedLibrary = { library: NativeLibrary; exports: Exports };
export type Exports = Partial<Record<Name, (...args: unknown[]) => unknown>>;

const reasonOf = (reason: unknown): string =>
  printable(reason instanceof Error ? reason.message : String(reason), 300);

/** Names that a library was seen not to export, by the path that the user gave. */
const missing = new Map<string, Set<Name>>();

/** Loads the file. `shown` is what the user knows it by. Throws SubjectError in one sentence. */
export const openLibrary = (file: string, shown: string, original = file): OpenedLibrary => {
  const opened = openAnyLibrary(file, shown, original);
  for (const name of ['cmc_provider_start', 'cmc_provider_stop'] as const) {
    if (opened.exports[name]) continue;
    opened.library.unload();
    throw new SubjectError(`"${shown}" exports no ${name}: ${glueFor(opened.exports)}.`);
  }
  return opened;
};

/**
 * What a library without the entry points wants: most likely the glue that nobody has written yet.
 */
const glueFor = (exports: Exports): string => {
  if (exports.cmc_provider_start || exports.cmc_provider_stop)
    return 'declare it with CMC_EXPORT as custom_map_conformance.h does';
  return exports.DriverEntry
    ? '`mapcert init DIR --driver` writes the glue that enters it by its DriverEntry'
    : '`mapcert init DIR` writes the glue that has it (--driver for one that is entered by DriverEntry, --cpp for C++)';
};

/** The same, whatever it exports. */
export const openAnyLibrary = (file: string, shown: string, original = file): OpenedLibrary => {
  let library: NativeLibrary;
  try {
    library = loadLibrary(file);
  } catch (reason) {
    throw new SubjectError(`"${shown}" could not be loaded: ${reasonOf(reason)}.`);
  }
  const exports: Exports = {};
  const without = missing.get(original) ?? new Set();
  missing.set(original, without);
  for (const name of Object.keys(functions) as Name[]) {
    // Looking up a name that is not there costs more than loading the library.
    const address = without.has(name) ? 0n : library.symbol(name);
    if (address === 0n) without.add(name);
    else exports[name] = functionAt(address, functions[name]);
  }
  noteImage(file, placeOf(library));
  return { library, exports };
};

let unnamed = 0n;

/**
 * An address that says where the library lies; where it has none, a number that was never said
 * before.
 */
const placeOf = (library: NativeLibrary): bigint => {
  for (const name of ['cmc_provider_start', 'DriverEntry'] satisfies Name[]) {
    const address = library.symbol(name);
    if (address !== 0n) return address;
  }
  return (unnamed -= 1n);
};

/**
 * Another instance of the same library; its file is gone as soon as it is loaded, where the system
 * allows that.
 */
export const openCopy = (
  file: string,
  shown: string,
  open: typeof openLibrary = openLibrary,
): OpenedLibrary => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-'));
  const copy = copyBesideNeighbours(file, folder);
  const remove = (): void => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Windows keeps a loaded file; the exit of the process ends that.
    }
  };
  try {
    return open(copy, shown, file);
  } finally {
    remove();
    if (process.platform === 'win32') process.once('exit', remove);
  }
};

/** A library loaded anew for every run, so that statics of one run never reach the next. */
export class Instances {
  private readonly file: string;
  private readonly shown: string;
  private readonly open: typeof openLibrary;
  private current: OpenedLibrary | null;
  private isUsed = false;
  private isPinned = false;
  /** Referred to, since a library that nobody refers to is unloaded. */
  private readonly kept: NativeLibrary[] = [];

  /** Loads the first. Throws SubjectError in one sentence. */
  constructor(file: string, shown: string, open: typeof openLibrary) {
    this.file = file;
    this.shown = shown;
    this.open = open;
    this.current = open(file, shown);
  }

  /** What the library exports, before the first run. */
  first(): Exports {
    return this.current?.exports ?? {};
  }

  /** The instance for the next run; `fresh` after a run that did not end well. */
  next(fresh: boolean): OpenedLibrary {
    if (this.current && !this.isUsed && !fresh) {
      this.isUsed = true;
      return this.current;
    }
    if (fresh) this.keep();
    this.unload();
    this.isUsed = true;
    return (this.current = this.isPinned
      ? openCopy(this.file, this.shown, this.open)
      : this.open(this.file, this.shown));
  }

  /**
   * Frames, threads or a registrar may still be in the library: it stays, and copies serve from now
   * on.
   */
  keep(): void {
    this.isPinned = true;
    if (this.current) this.kept.push(this.current.library);
    this.current = null;
  }

  unload(): void {
    this.current?.library.unload();
    this.current = null;
  }
}
