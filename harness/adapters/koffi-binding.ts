/**
 * The one door to koffi: libraries, C functions, callbacks and raw views. Types are anonymous,
 * since named ones are global in a process. Pointers are bigint, 0n is NULL; nothing here checks
 * what it is given.
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

/** By signature, since its object is made once in a file. */
const prototypes = new Map<Signature, ReturnType<typeof koffi.proto>>();

const prototypeOf = (signature: Signature): ReturnType<typeof koffi.proto> => {
  let known = prototypes.get(signature);
  if (!known) {
    known = koffi.proto(signature.result, [...signature.parameters]);
    prototypes.set(signature, known);
  }
  return known;
};

/**
 * Loads a library, null for the process itself; `isGlobal` offers its symbols to libraries that are
 * loaded later. Throws the loader's words.
 */
export const loadLibrary = (path: string | null, isGlobal = false): NativeLibrary => {
  const library = koffi.load(path, { global: isGlobal });
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

const decoded = new Map<Signature, Map<bigint, NativeFunction>>();
/**
 * Decoding costs as much as a hundred calls, so functions are kept; a subject may invent addresses
 * without end.
 */
const decodedMax = 5_000;

/** The C function at an address. `signature` is an object that lives as long as the process. */
export const functionAt = (address: bigint, signature: Signature): NativeFunction => {
  let known = decoded.get(signature);
  if (!known) decoded.set(signature, (known = new Map()));
  let found = known.get(address);
  if (found) return found;
  if (known.size >= decodedMax) known.clear();
  // Calling NULL is the subject's fault and must look like it: koffi would refuse with an
  // exception.
  found = koffi.decode(address === 0n ? 1n : address, prototypeOf(signature)) as NativeFunction;
  known.set(address, found);
  return found;
};

const pointerTypes = new Map<Signature, ReturnType<typeof koffi.pointer>>();

/** A C function pointer that calls `act`. An exception must not leave `act`. */
export const registerCallback = (signature: Signature, act: NativeFunction): bigint => {
  let type = pointerTypes.get(signature);
  if (!type) pointerTypes.set(signature, (type = koffi.pointer(prototypeOf(signature))));
  return koffi.register(act, type);
};

/** The bytes at an address, shared: reading where nothing is mapped ends the process. */
export const viewMemory = (address: bigint | number, length: number): Uint8Array =>
  new Uint8Array(koffi.view(BigInt(address), length));
