/**
 * Looks at a library file before it is loaded, so that a wrong one is refused in words and not by
 * a loader's code.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { SubjectError } from '../errors/errors.ts';

const machines: Readonly<Record<number, string>> = {
  0x03: 'x86 (32 bit)',
  0x28: 'arm (32 bit)',
  0x3e: 'x64',
  0xb7: 'arm64',
  0xf3: 'riscv64',
  0x14c: 'x86 (32 bit)',
  0x8664: 'x64',
  0xaa64: 'arm64',
};

const sharedObject = 3;
const peIsLibrary = 0x2000;

type Description = { system: string; machine: string; isLibrary: boolean };

const nameOf = (machine: number): string =>
  machines[machine] ?? `machine 0x${machine.toString(16)}`;

const describeElf = (view: DataView): Description => ({
  system: 'ELF',
  machine: nameOf(view.getUint16(18, true)),
  isLibrary: view.getUint16(16, true) === sharedObject,
});

const describePe = (view: DataView): Description | null => {
  const at = view.getUint32(0x3c, true);
  if (at + 24 > view.byteLength || view.getUint32(at, true) !== 0x4550) return null;
  return {
    system: 'PE (Windows)',
    machine: nameOf(view.getUint16(at + 4, true)),
    isLibrary: (view.getUint16(at + 22, true) & peIsLibrary) !== 0,
  };
};

const describeMachO = (view: DataView): Description => ({
  system: 'Mach-O (macOS)',
  machine: (view.getUint32(4, true) & 0xff) === 0x0c ? 'arm64' : 'x64',
  isLibrary: [6, 8].includes(view.getUint32(12, true)),
});

const describe = (bytes: Uint8Array): Description | null => {
  if (bytes.length < 64) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (view.getUint32(0)) {
    case 0x7f454c46:
      return describeElf(view);
    case 0xcffaedfe:
      return describeMachO(view);
    default:
      return view.getUint16(0) === 0x4d5a ? describePe(view) : null;
  }
};

const headBytes = 4096;

const headOf = (file: string): Uint8Array => {
  const bytes = new Uint8Array(headBytes);
  const handle = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(handle, bytes, 0, headBytes, 0));
  } finally {
    closeSync(handle);
  }
};

const systems: Readonly<Record<string, string>> = {
  win32: 'PE (Windows)',
  darwin: 'Mach-O (macOS)',
};

/** Throws SubjectError unless the file is a library that this process can load. */
export const checkLibraryFile = (file: string): void => {
  checkIsFile(file);
  const found = describe(headOf(file));
  const system = systems[process.platform] ?? 'ELF';
  const needed = `this Node.js needs ${system} for ${process.arch}`;
  if (!found) {
    throw new SubjectError(
      `"${file}" is no shared library: it has no ELF, PE or Mach-O header; ${needed}.`,
    );
  }
  const name = path.basename(file);
  if (found.system !== system || found.machine !== process.arch) {
    throw new SubjectError(
      `"${name}" is ${found.system} for ${found.machine}; ${needed}. Build it for this machine.`,
    );
  }
  if (!found.isLibrary) {
    throw new SubjectError(
      `"${name}" is ${found.system} for ${found.machine}, but no shared library: link it with -shared.`,
    );
  }
};

/** Throws SubjectError unless there is a file of that name. */
export const checkIsFile = (file: string): void => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new SubjectError(`There is no file "${file}": check the path of the subject.`);
  if (found.isDirectory()) {
    throw new SubjectError(`"${file}" is a directory: name the subject's file in it.`);
  }
  if (!found.isFile()) throw new SubjectError(`"${file}" is not a file.`);
};
