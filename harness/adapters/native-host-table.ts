/**
 * The cmc_host_t table: one set of C callbacks for the process, serving whichever run is current.
 */
import { valueOf } from '../abi/result.ts';
import type { HostServices, Outcome, Registration } from '../provider/port.ts';
import {
  addressOf,
  functionAt,
  type NativeFunction,
  type Signature,
  viewMemory,
} from './koffi-binding.ts';
import { callNative, nativeCallback } from './native-crossing.ts';
import { realMemory } from './real-memory.ts';

/** What the run needs besides the services. */
export type NativeRun = {
  services: HostServices;
  registration: (characteristics: bigint, context: bigint) => Registration;
  hideText: (text: string) => string;
  damage: () => Outcome['damage'];
  /**
   * Memory that is given to the pool: true when it is a buffer of a call in progress, which is told
   * as its damage.
   */
  release: (address: bigint) => boolean;
};

const version = 1;
/** A KSPIN_LOCK, which is a pointer. */
const lockBytes = 8;
const textBytesMax = 512;

let current: NativeRun | null = null;

/** Whose services the table gives; null between runs. */
export const serveRun = (run: NativeRun | null): void => {
  current = run;
};

/** A spin lock is read where it lies: in memory that is gone, that ends the call as in a kernel. */
const lockAt = (lock: unknown): bigint => {
  const address = addressOf(lock);
  viewMemory(address, lockBytes).at(0);
  return address;
};

/** C text as far as it is readable and bounded. */
const textAt = (address: bigint, hideText: (text: string) => string): string => {
  const bytes: number[] = [];
  const memory = realMemory();
  const pieceBytes = 64;
  while (bytes.length < textBytesMax) {
    // Pieces end where pages end, so that a string at the end of its page is read whole.
    const at = address + BigInt(bytes.length);
    const length = pieceBytes - Number(at % BigInt(pieceBytes));
    const piece = memory.read(Number(at), length);
    if (!piece) break;
    const end = piece.indexOf(0);
    bytes.push(...(end < 0 ? piece : piece.subarray(0, end)));
    if (end >= 0) break;
  }
  return hideText(new TextDecoder().decode(Uint8Array.from(bytes)));
};

const statusCode = (name: string): number => valueOf(name) | 0;

const register = (run: NativeRun, args: readonly unknown[]): number => {
  const [characteristics, context, handleBox] = args.map(addressOf) as [bigint, bigint, bigint];
  const { status, handle } = run.services.NmrRegisterProvider(
    run.registration(characteristics, context),
  );
  // A registration that is refused has no handle: what stands there stays, as with the real
  // registrar.
  if (status !== 'STATUS_SUCCESS') return statusCode(status);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, handle, true);
  if (!realMemory().write(Number(handleBox), bytes)) return statusCode('STATUS_INVALID_PARAMETER');
  return statusCode(status);
};

const workSignature: Signature = { result: 'void', parameters: ['uint64_t'] };

const queueWork = (run: NativeRun, routine: bigint, argument: bigint): void =>
  run.services.queueWork(() => {
    callNative(() => functionAt(routine, workSignature)(argument));
    return { result: null, damage: run.damage() };
  });

type Member = Signature & { act: (run: NativeRun, args: readonly unknown[]) => unknown };

const member = (result: string, parameters: string[], act: Member['act']): Member => ({
  result,
  parameters,
  act,
});

const pointer = 'void*';
const address = 'uint64_t';

/** In the order of cmc_host_t. */
const members: readonly Member[] = [
  member('int32_t', [pointer, pointer, pointer], register),
  member('int32_t', [pointer], ({ services }, [handle]) =>
    statusCode(services.NmrDeregisterProvider(addressOf(handle))),
  ),
  member('int32_t', [pointer], ({ services }, [handle]) =>
    statusCode(services.NmrWaitForProviderDeregisterComplete(addressOf(handle))),
  ),
  member('void', [pointer], ({ services }, [handle]) =>
    services.NmrProviderDetachClientComplete(addressOf(handle)),
  ),
  member('uint8_t', [], ({ services }) => services.KeGetCurrentIrql() & 0xff),
  member(
    'uint8_t',
    ['uint8_t'],
    ({ services }, [level]) => services.KeRaiseIrql(Number(level)) & 0xff,
  ),
  member('void', ['uint8_t'], ({ services }, [level]) => services.KeLowerIrql(Number(level))),
  member('void', ['uint8_t', pointer], (run, [maximum, what]) =>
    run.services.checkIrql(Number(maximum), textAt(addressOf(what), run.hideText)),
  ),
  member(address, ['size_t', 'uint32_t'], ({ services }, [size, tag]) =>
    services.poolAllocate(Number(addressOf(size)), Number(tag)),
  ),
  member('void', [pointer], ({ services, release }, [memory]) => {
    const address = addressOf(memory);
    if (!release(address)) services.poolFree(address);
  }),
  member('void', [pointer], ({ services }, [lock]) => services.lockAcquire(lockAt(lock))),
  member('void', [pointer], ({ services }, [lock]) => services.lockRelease(lockAt(lock))),
  member('int32_t', [pointer, 'uint32_t'], ({ services }, [object, timeout]) =>
    services.wait(addressOf(object), Number(timeout)),
  ),
  member('void', [pointer], ({ services }, [object]) => services.signal(addressOf(object))),
  member('void', [pointer, pointer], (run, [routine, argument]) =>
    queueWork(run, addressOf(routine), addressOf(argument)),
  ),
  member(address, [], ({ services }) => services.currentProcess()),
  member(address, [address], ({ services }, [handle]) =>
    services.objectReference(addressOf(handle)),
  ),
  member('void', [address], ({ services }, [object]) =>
    services.objectDereference(addressOf(object)),
  ),
  member('void', [pointer], (run, [text]) => {
    const at = addressOf(text);
    if (at !== 0n) run.services.log(textAt(at, run.hideText));
  }),
];

let table: Uint8Array | null = null;

/**
 * The bytes of cmc_host_t; its callbacks are registered on first use and live as long as the
 * process.
 */
export const hostTable = (): Uint8Array => {
  if (table) return table;
  const size = 8 + 8 * members.length;
  table = new Uint8Array(size);
  const view = new DataView(table.buffer);
  view.setUint32(0, version, true);
  view.setUint32(4, size, true);
  members.forEach(({ act, ...signature }, i) => {
    const serve: NativeFunction = (...args) => (current ? act(current, args) : 0);
    view.setBigUint64(8 + 8 * i, nativeCallback(signature, serve), true);
  });
  return table;
};
