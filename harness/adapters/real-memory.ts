/**
 * Pages of this process: reserved, protected, read and written without dying of a bad address. One
 * face over POSIX and Windows; which bytes mean what is native-memory.ts. Addresses are numbers
 * here: user space has 47 bits.
 */
import process from 'node:process';
import { functionAt, loadLibrary, viewMemory, type NativeFunction } from './koffi-binding.ts';

export type Access = 'none' | 'read' | 'read-write';

/** Addresses from `from` up to `to`. */
export type Range = { from: number; to: number };

export type RealMemory = {
  pageSize: number;
  /** Address space without access; 0 when there is none. */
  reserve: (bytes: number) => number;
  protect: (address: number, bytes: number, access: Access) => boolean;
  release: (address: number, bytes: number) => void;
  /** A copy of bytes anywhere; null when one of them cannot be read. */
  read: (address: number, length: number) => Uint8Array | null;
  /** Writes anywhere; false when it may not be written. */
  write: (address: number, bytes: Uint8Array) => boolean;
  /**
   * Maps `places.length` pages twice: at the places for the subject with the access named, and in
   * one piece for the harness, always writable. Null where the system cannot do it.
   */
  mirror: (places: readonly number[], access: Access) => Uint8Array | null;
};

type Loader = (name: string, result: string, parameters: readonly string[]) => NativeFunction;

const loaderOf = (path: string | null): Loader => {
  const library = loadLibrary(path);
  return (name, result, parameters) => {
    const address = library.symbol(name);
    return address === 0n ? () => -1 : functionAt(address, { result, parameters });
  };
};

/**
 * Kernel copies go through a pipe in pieces that it holds: a bad address is then an error and no
 * signal.
 */
const pieceBytes = 16_384;

const isLinux = process.platform === 'linux';

/** Nothing above is user memory, nothing below is ever mapped. */
const userSpace: Range = { from: 0x1000, to: 0x8000_0000_0000 };

const inUserSpace = (address: number, length: number): boolean =>
  address >= userSpace.from && address + length <= userSpace.to;

const pointer = 'uint64_t';
const posixAccess: Record<Access, number> = { none: 0, read: 1, 'read-write': 3 };

const posixMemory = (): RealMemory => {
  const c = loaderOf(null);
  const mmap = c('mmap', 'int64_t', [pointer, 'size_t', 'int', 'int', 'int', 'int64_t']);
  const munmap = c('munmap', 'int', [pointer, 'size_t']);
  const mprotect = c('mprotect', 'int', [pointer, 'size_t', 'int']);
  const anonymous = isLinux ? 0x4022 : 0x1042;
  const pageSize = Number(c('getpagesize', 'int', [])());
  const map: Mapper = (at, bytes, rights, flags, file, offset) =>
    Math.max(0, Number(mmap(at, bytes, rights, flags, file, offset)));
  return {
    pageSize,
    reserve: (bytes) => map(0, bytes, 0, anonymous, -1, 0),
    protect: (address, bytes, rights) => mprotect(address, bytes, posixAccess[rights]) === 0,
    release: (address, bytes) => void munmap(address, bytes),
    ...pipeCopies(c),
    mirror: isLinux ? mirroring(c, map, pageSize) : () => null,
  };
};

type Mapper = (
  at: number,
  bytes: number,
  rights: number,
  flags: number,
  file: number,
  offset: number,
) => number;

/**
 * Numbers of read and write, for systems whose C library has a door to the kernel that nobody
 * watches.
 */
const callNumbers: Record<string, { read: number; write: number } | undefined> = isLinux
  ? { x64: { read: 0, write: 1 }, arm64: { read: 63, write: 64 } }
  : {};

/** A copy between a descriptor and memory: bytes copied, or -1. */
type Copy = (file: number, place: number | Uint8Array, bytes: number) => number;

/**
 * read or write of the kernel. A sanitizer in the process watches the C library's functions of
 * these names and takes a look past a string of the subject for the subject's own; `syscall` it
 * lets be.
 */
const copying = (c: Loader, name: 'read' | 'write', place: string): Copy => {
  const number = callNumbers[process.arch]?.[name];
  const call =
    number === undefined
      ? c(name, 'int64_t', ['int', place, 'size_t'])
      : c('syscall', 'int64_t', ['int64_t', 'int64_t', place, 'size_t']);
  const first = number === undefined ? [] : [number];
  return (file, at, bytes) => Number(call(...first, file, at, bytes));
};

/** Copies through a pipe: the kernel checks the subject's side of it. */
const pipeCopies = (c: Loader): Pick<RealMemory, 'read' | 'write'> => {
  const writeFrom = copying(c, 'write', pointer);
  const readInto = copying(c, 'read', pointer);
  const writeBytes = copying(c, 'write', 'void*');
  const readBytes = copying(c, 'read', 'void*');
  const ends = new Int32Array(2);
  c('pipe', 'int', ['void*'])(ends);
  const [out, into] = ends as unknown as [number, number];
  const drain = (count: number): void => {
    if (count > 0) readBytes(out, new Uint8Array(count), count);
  };
  return {
    read: (address, length) => {
      if (!inUserSpace(address, length)) return null;
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += pieceBytes) {
        const piece = Math.min(pieceBytes, length - at);
        const wrote = writeFrom(into, address + at, piece);
        if (wrote !== piece) {
          drain(wrote);
          return null;
        }
        readBytes(out, at === 0 ? bytes : bytes.subarray(at), piece);
      }
      return bytes;
    },
    write: (address, bytes) => {
      if (!inUserSpace(address, bytes.length)) return false;
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        writeBytes(into, piece, piece.length);
        const got = readInto(out, address + at, piece.length);
        if (got !== piece.length) {
          drain(piece.length - Math.max(got, 0));
          return false;
        }
      }
      return true;
    },
  };
};

/** The same memory file mapped twice. */
const mirroring =
  (c: Loader, map: Mapper, page: number): RealMemory['mirror'] =>
  (places, rights) => {
    const file = Number(c('memfd_create', 'int', ['str', 'uint32_t'])('buffers', 1));
    if (file < 0) return null;
    const shared = 1;
    const fixed = 0x10;
    const bytes = places.length * page;
    c('ftruncate', 'int', ['int', 'int64_t'])(file, bytes);
    const own = map(0, bytes, posixAccess['read-write'], shared, file, 0);
    const placed = places.every(
      (place, i) => map(place, page, posixAccess[rights], shared | fixed, file, i * page) === place,
    );
    c('close', 'int', ['int'])(file);
    return own === 0 || !placed ? null : viewMemory(own, bytes);
  };

const windowsMemory = (): RealMemory => {
  const c = loaderOf('kernel32.dll');
  const alloc = c('VirtualAlloc', pointer, [pointer, 'size_t', 'uint32_t', 'uint32_t']);
  const free = c('VirtualFree', 'int', [pointer, 'size_t', 'uint32_t']);
  const self = c('GetCurrentProcess', 'int64_t', [])();
  const process = ['int64_t', pointer, 'void*', 'size_t', 'void*'];
  const readProcess = c('ReadProcessMemory', 'int', process);
  const writeProcess = c('WriteProcessMemory', 'int', process);
  const change = c('VirtualProtect', 'int', [pointer, 'size_t', 'uint32_t', 'void*']);
  const access: Record<Access, number> = { none: 0x01, read: 0x02, 'read-write': 0x04 };
  const commit = 0x1000;
  const reserveOnly = 0x2000;
  const before = new Uint32Array(1);
  return {
    pageSize: 4096,
    reserve: (bytes) => Number(alloc(0, bytes, reserveOnly, access.none)),
    // Pages are committed when they are first given access.
    protect: (address, bytes, rights) =>
      rights === 'none'
        ? change(address, bytes, access.none, before) !== 0
        : Number(alloc(address, bytes, commit, access[rights])) !== 0 &&
          change(address, bytes, access[rights], before) !== 0,
    release: (address) => void free(address, 0, 0x8000),
    read: (address, length) => {
      const bytes = new Uint8Array(length);
      const fits = inUserSpace(address, length);
      return fits && readProcess(self, address, bytes, length, null) !== 0 ? bytes : null;
    },
    write: (address, bytes) =>
      inUserSpace(address, bytes.length) &&
      writeProcess(self, address, bytes, bytes.length, null) !== 0,
    mirror: () => null,
  };
};

let opened: RealMemory | null = null;

/** The memory of this process. */
export const realMemory = (): RealMemory =>
  (opened ??= process.platform === 'win32' ? windowsMemory() : posixMemory());

/**
 * A file's first bytes, shared with every process that has it open. Null where the system cannot do
 * it.
 */
export const mapShared = (file: number, bytes: number): Uint8Array | null => {
  if (process.platform === 'win32') return null;
  const mmap = loaderOf(null)('mmap', 'int64_t', [
    pointer,
    'size_t',
    'int',
    'int',
    'int',
    'int64_t',
  ]);
  const address = Number(mmap(0, bytes, posixAccess['read-write'], 1, file, 0));
  return address > 0 ? viewMemory(address, bytes) : null;
};

/** This process is killed when its parent ends, even in a loop of native code. Linux only. */
export const dieWithParent = (): void => {
  if (!isLinux) return;
  const setParentDeathSignal = 1;
  const kill = 9;
  const prctl = loaderOf(null)('prctl', 'int', ['int', pointer, pointer, pointer, pointer]);
  prctl(setParentDeathSignal, kill, 0, 0, 0);
};
