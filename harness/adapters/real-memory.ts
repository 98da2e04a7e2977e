/**
 * Pages of this process: reserved, protected, read and written without dying of a bad address. One face over POSIX
 * and Windows; which bytes mean what is native-memory.ts.
 */
import process from 'node:process';
import { functionAt, loadLibrary, addressOf, viewMemory, type NativeFunction } from './koffi-binding.ts';

export type Access = 'none' | 'read' | 'read-write';

export type RealMemory = {
  pageSize: number;
  /** Address space without access; 0n when there is none. */
  reserve: (bytes: number) => bigint;
  protect: (address: bigint, bytes: number, access: Access) => boolean;
  release: (address: bigint, bytes: number) => void;
  /** A copy of bytes anywhere; null when one of them cannot be read. */
  read: (address: bigint, length: number) => Uint8Array | null;
  /** Writes anywhere; false when it may not be written. */
  write: (address: bigint, bytes: Uint8Array) => boolean;
  /**
   * Maps `pages` pages twice: at `places` for the subject with the access named, and in one piece for the harness,
   * always writable. Null where the system cannot do it.
   */
  mirror: (places: readonly bigint[], access: Access) => Uint8Array | null;
};

type Loader = (name: string, result: string, parameters: readonly string[]) => NativeFunction;

const loaderOf = (path: string | null): Loader => {
  const library = loadLibrary(path);
  return (name, result, parameters) => {
    const address = library.symbol(name);
    return address === 0n
      ? () => -1
      : functionAt(address, { result, parameters });
  };
};

/** Kernel copies go through a pipe: a bad address is then an error of the system call and no signal. */
const pieceBytes = 16_384;

const isLinux = process.platform === 'linux';

/** Size and address arguments are checked by nobody: addresses above this are no user memory anyway. */
const userSpaceEnd = 0x8000_0000_0000n;

const inUserSpace = (address: bigint, length: number): boolean =>
  address >= 0x1000n && address + BigInt(length) <= userSpaceEnd;

const posixMemory = (): RealMemory => {
  const c = loaderOf(null);
  const pointer = 'uint64_t';
  const mmap = c('mmap', pointer, [pointer, 'size_t', 'int', 'int', 'int', 'int64_t']);
  const munmap = c('munmap', 'int', [pointer, 'size_t']);
  const mprotect = c('mprotect', 'int', [pointer, 'size_t', 'int']);
  const writeFrom = c('write', 'int64_t', ['int', pointer, 'size_t']);
  const readInto = c('read', 'int64_t', ['int', pointer, 'size_t']);
  const writeBytes = c('write', 'int64_t', ['int', 'void*', 'size_t']);
  const readBytes = c('read', 'int64_t', ['int', 'void*', 'size_t']);
  const ends = new Int32Array(2);
  c('pipe', 'int', ['void*'])(ends);
  const [out, into] = ends as unknown as [number, number];
  const access: Record<Access, number> = { none: 0, read: 1, 'read-write': 3 };
  const failed = 0xffff_ffff_ffff_ffffn;
  const anonymous = isLinux ? 0x4022 : 0x1042;
  const map = (at: bigint, bytes: number, rights: number, flags: number, file: number, offset: number): bigint => {
    const got = addressOf(mmap(at, bytes, rights, flags, file, offset));
    return got === failed ? 0n : got;
  };
  const drain = (count: number): void => {
    if (count > 0) readBytes(out, new Uint8Array(count), count);
  };
  return {
    pageSize: Number(c('getpagesize', 'int', [])()),
    reserve: (bytes) => map(0n, bytes, 0, anonymous, -1, 0),
    protect: (address, bytes, rights) => mprotect(address, bytes, access[rights]) === 0,
    release: (address, bytes) => void munmap(address, bytes),
    read: (address, length) => {
      if (!inUserSpace(address, length)) return null;
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += pieceBytes) {
        const piece = Math.min(pieceBytes, length - at);
        const wrote = Number(writeFrom(into, address + BigInt(at), piece));
        if (wrote !== piece) {
          drain(wrote);
          return null;
        }
        readBytes(out, bytes.subarray(at, at + piece), piece);
      }
      return bytes;
    },
    write: (address, bytes) => {
      if (!inUserSpace(address, bytes.length)) return false;
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        writeBytes(into, piece, piece.length);
        const got = Number(readInto(out, address + BigInt(at), piece.length));
        if (got !== piece.length) {
          drain(piece.length - Math.max(got, 0));
          return false;
        }
      }
      return true;
    },
    mirror: (places, rights) => {
      if (!isLinux) return null;
      const page = Number(c('getpagesize', 'int', [])());
      const file = Number(c('memfd_create', 'int', ['str', 'uint32_t'])('buffers', 1));
      if (file < 0) return null;
      const bytes = places.length * page;
      c('ftruncate', 'int', ['int', 'int64_t'])(file, bytes);
      const shared = 1;
      const fixed = 0x10;
      const own = map(0n, bytes, 3, shared, file, 0);
      const placed = places.every(
        (place, i) => map(place, page, access[rights], shared | fixed, file, i * page) === place,
      );
      c('close', 'int', ['int'])(file);
      return own === 0n || !placed ? null : viewMemory(own, bytes);
    },
  };
};

const windowsMemory = (): RealMemory => {
  const c = loaderOf('kernel32.dll');
  const pointer = 'uint64_t';
  const alloc = c('VirtualAlloc', pointer, [pointer, 'size_t', 'uint32_t', 'uint32_t']);
  const free = c('VirtualFree', 'int', [pointer, 'size_t', 'uint32_t']);
  const self = addressOf(c('GetCurrentProcess', 'int64_t', [])());
  const readProcess = c('ReadProcessMemory', 'int', [pointer, pointer, 'void*', 'size_t', 'void*']);
  const writeProcess = c('WriteProcessMemory', 'int', [pointer, pointer, 'void*', 'size_t', 'void*']);
  const change = c('VirtualProtect', 'int', [pointer, 'size_t', 'uint32_t', 'void*']);
  const access: Record<Access, number> = { none: 0x01, read: 0x02, 'read-write': 0x04 };
  const commit = 0x1000;
  const reserveOnly = 0x2000;
  const before = new Uint32Array(1);
  return {
    pageSize: 4096,
    reserve: (bytes) => addressOf(alloc(0n, bytes, reserveOnly, access.none)),
    // Pages are committed when they are first given access.
    protect: (address, bytes, rights) =>
      rights === 'none'
        ? change(address, bytes, access.none, before) !== 0
        : addressOf(alloc(address, bytes, commit, access[rights])) !== 0n &&
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
