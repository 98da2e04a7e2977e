/**
 * The one door to koffi: libraries, C functions, callbacks and raw views. Types are anonymous, since named ones are
 * global in a process. Pointers are bigint, 0n is NULL; nothing here checks what it is given.
 */
import koffi from 'koffi';

/** A C function's shape in koffi's words. */
export type Signature = { readonly result: string; readonly parameters: readonly string[] };

export type NativeFunction = (...args: unknown[]) => unknown;

/** A loaded shared library. */
export type NativeLibrary = {
  /** Address of an exported symbol; 0n when it has none of that name. */
  symbol: (name: string) => bigint;
  unload: () => void;
};

const prototypes = new Map<string, ReturnType<typeof koffi.proto>>();

const prototypeOf = ({ result, parameters }: Signature): ReturnType<typeof koffi.proto> => {
  const name = `${result}(${parameters.join()})`;
  let known = prototypes.get(name);
  if (!known) prototypes.set(name, (known = koffi.proto(result, [...parameters])));
  return known;
};

/** Loads a library, null for the process itself. Throws the loader's words. */
export const loadLibrary = (path: string | null): NativeLibrary => {
  const library = koffi.load(path);
  return {
    symbol: (name) => {
      try {
        return addressOf(library.symbol(name));
      } catch {
        return 0n;
      }
    },
    unload: () => library.unload(),
  };
};

/** Pointers arrive as bigint, NULL as null, small integers as number. */
export const addressOf = (value: unknown): bigint =>
  typeof value === 'bigint'
    ? BigInt.asUintN(64, value)
    : typeof value === 'number'
      ? BigInt.asUintN(64, BigInt(Math.trunc(value)))
      : 0n;

const decoded = new Map<string, NativeFunction>();
/** Decoding costs as much as a hundred calls, so functions are kept; a subject may invent addresses without end. */
const decodedMax = 20_000;

/** The C function at an address. */
export const functionAt = (address: bigint, signature: Signature): NativeFunction => {
  const name = `${address}:${signature.result}(${signature.parameters.join()})`;
  let known = decoded.get(name);
  if (known) return known;
  if (decoded.size >= decodedMax) decoded.clear();
  known = koffi.decode(address, prototypeOf(signature)) as NativeFunction;
  decoded.set(name, known);
  return known;
};

/** A C function pointer that calls `act`. An exception must not leave `act`. */
export const registerCallback = (signature: Signature, act: NativeFunction): bigint =>
  koffi.register(act, koffi.pointer(prototypeOf(signature)));

/** The bytes at an address, shared: reading where nothing is mapped ends the process. */
export const viewMemory = (address: bigint, length: number): Uint8Array =>
  new Uint8Array(koffi.view(address, length));
