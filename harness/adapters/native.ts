/**
 * The native adapter: a shared library built against custom_map_conformance.h as subject. Every run gets the library
 * loaded anew, so that statics of one run never reach the next.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { readStatus } from '../abi/result.ts';
import { SubjectError } from '../fault.ts';
import type {
  AttachCall,
  AttachOutcome,
  Outcome,
  Registration,
  Subject,
} from '../provider/port.ts';
import { printable } from '../trace/printable.ts';
import type { LoadedSubject } from './adapter.ts';
import { CallBuffers } from './call-buffers.ts';
import {
  addressOf,
  functionAt,
  loadLibrary,
  type NativeLibrary,
  type Signature,
} from './koffi-binding.ts';
import { mappedRanges, noteImage } from './image-memory.ts';
import { checkLibraryFile } from './library-file.ts';
import { nativeClient, releaseClientSets, type NativeClient } from './native-client-table.ts';
import { callNative } from './native-crossing.ts';
import { factsReader, readDispatch, readEntryPoints } from './native-facts.ts';
import { hostTable, serveRun } from './native-host-table.ts';
import { NativeMemory } from './native-memory.ts';
import { addressBytes, addressIn, contextOf, nativeTable } from './native-table.ts';

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
} as const satisfies Record<string, Signature>;

type Name = keyof typeof functions;
type Exports = Partial<Record<Name, (...args: unknown[]) => unknown>>;

const attachSignature: Signature = {
  result: 'int32_t',
  parameters: [pointer, pointer, pointer, pointer, pointer, pointer, pointer],
};
const detachSignature: Signature = { result: 'int32_t', parameters: [pointer] };
const cleanupSignature: Signature = { result: 'void', parameters: [pointer] };

/** What an untouched out parameter of attach holds: never a pointer that somebody means. */
const untouched = 0x0bad_c0de_0bad_c0den;

const statusOf = (answer: unknown): string => readStatus(answer) ?? 'not a result';

type World = { memory: NativeMemory; buffers: CallBuffers };

let world: World | null = null;

/** One address space for the process. */
const openWorld = (): World =>
  (world ??= { memory: new NativeMemory(isOwnProgram()), buffers: new CallBuffers() });

/** Whether an address lies in the program file itself, where small numbers may point by chance. */
const isOwnProgram = (): ((address: number) => boolean) => {
  const ranges = mappedRanges(process.execPath);
  return (address) => ranges.some(({ from, to }) => address >= from && address < to);
};

const reasonOf = (reason: unknown): string =>
  printable(reason instanceof Error ? reason.message : String(reason), 300);

const open = (file: string, shown: string): { library: NativeLibrary; exports: Exports } => {
  let library: NativeLibrary;
  try {
    library = loadLibrary(file);
  } catch (reason) {
    throw new SubjectError(`"${shown}" could not be loaded: ${reasonOf(reason)}.`);
  }
  const exports: Exports = {};
  for (const name of Object.keys(functions) as Name[]) {
    const address = library.symbol(name);
    if (address !== 0n) exports[name] = functionAt(address, functions[name]);
  }
  noteImage(file, library.symbol('cmc_provider_start'));
  for (const name of ['cmc_provider_start', 'cmc_provider_stop'] as const) {
    if (exports[name]) continue;
    library.unload();
    throw new SubjectError(
      `"${shown}" exports no ${name}: declare it with CMC_EXPORT as custom_map_conformance.h does.`,
    );
  }
  return { library, exports };
};

/** Loads a library; throws SubjectError in one sentence when it is none. */
export const loadNative = (file: string): LoadedSubject => {
  checkLibraryFile(file);
  const shown = path.basename(file);
  const whole = path.resolve(file);
  let current: ReturnType<typeof open> | null = open(whole, shown);
  let isUsed = false;
  const renew = (fresh: boolean): Exports => {
    if (current && !isUsed && !fresh) return current.exports;
    if (fresh) {
      // Frames or threads of a run that went wrong may still be in the old one: it stays, a copy serves.
      current = openCopy(whole, shown);
    } else {
      current?.library.unload();
      current = open(whole, shown);
    }
    return current.exports;
  };
  return {
    kind: 'native',
    name: printable(shown, 100),
    sha256: createHash('sha256').update(readFileSync(whole)).digest('hex'),
    profile: null,
    open: ({ fresh }) => {
      const exports = renew(fresh);
      isUsed = true;
      return openRun(exports, openWorld());
    },
    close: () => {
      serveRun(null);
      current = null;
    },
  };
};

/** Another instance of the same library; its file is gone as soon as it is loaded, where the system allows that. */
const openCopy = (file: string, shown: string): ReturnType<typeof open> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-'));
  const copy = path.join(folder, path.basename(file));
  copyFileSync(file, copy);
  const remove = (): void => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Windows keeps a loaded file; the exit of the process ends that.
    }
  };
  try {
    return open(copy, shown);
  } finally {
    remove();
    if (process.platform === 'win32') process.once('exit', remove);
  }
};

const startTable = { address: 0n };

/** cmc_host_t at the end of a page, read-only: laid once. */
const hostTableAddress = (buffers: CallBuffers): bigint => {
  if (startTable.address === 0n) startTable.address = buffers.layForEver(hostTable());
  return startTable.address;
};

/** A subject for one run. */
const openRun = (exports: Exports, { memory, buffers }: World): Subject => {
  const simple = (act: () => unknown): Outcome => {
    callNative(act);
    return { result: null, damage: buffers.written() };
  };
  memory.mask.reset();
  return {
    space: memory,
    start: (services) => {
      serveRun({
        services,
        registration: (characteristics, context) =>
          registrationOf(characteristics, context, { memory, buffers }),
        hideText: (text) => memory.mask.hideText(text),
        damage: () => buffers.written(),
      });
      const answer = callNative(() => exports.cmc_provider_start!(hostTableAddress(buffers)));
      return {
        result: answer === 0 ? null : `cmc_provider_start returned ${String(answer)}`,
        damage: buffers.written(),
      };
    },
    stop: () => simple(() => exports.cmc_provider_stop!()),
    ...moduleFunctions(exports, { memory, buffers }),
    contextAddress: (context) => addressOf(context),
    endRun: () => {
      serveRun(null);
      memory.reclaimAll();
      buffers.reset();
      releaseClientSets();
    },
  };
};

/** What the module exports beyond start and stop. */
const moduleFunctions = (
  exports: Exports,
  { memory, buffers }: World,
): Pick<Subject, 'makeValue' | 'releaseValue' | 'resourceCount' | 'drain' | 'invokeHelper'> => {
  const { cmc_make_value, cmc_release_value, cmc_resource_count, cmc_drain } = exports;
  const { cmc_invoke_helper } = exports;
  return {
    makeValue: cmc_make_value
      ? (mapType, valueSize, index) => {
          const box = buffers.lendOut('value', new Uint8Array(valueSize));
          const made = callNative(() => cmc_make_value(mapType, valueSize, index, box.address));
          const bytes = memory.mask.hide(buffers.bytes(box));
          buffers.retire('makeValue', [box]);
          return made === 0 ? bytes : null;
        }
      : null,
    releaseValue: cmc_release_value
      ? (mapType, value) => {
          const lent = buffers.lendConst('value', memory.mask.reveal(value));
          callNative(() => cmc_release_value(mapType, value.length, lent.address));
          buffers.retire('releaseValue', [lent]);
        }
      : null,
    resourceCount: cmc_resource_count ? () => Number(callNative(() => cmc_resource_count())) : null,
    drain: cmc_drain ? () => void callNative(() => cmc_drain()) : null,
    invokeHelper: cmc_invoke_helper
      ? (helper, args) => {
          const words = new Uint8Array(40);
          args.slice(0, 5).forEach((arg, i) => words.set(addressBytes(arg), 8 * i));
          const lent = buffers.lendConst('value', words);
          const answer = callNative(() => cmc_invoke_helper(helper, lent.address));
          buffers.retire('invokeHelper', [lent]);
          const value = addressIn(memory.mask.hide(addressBytes(addressOf(answer))));
          return { result: null, damage: buffers.written(), value };
        }
      : null,
  };
};

/** One registration, read anew each time its structures matter. */
const registrationOf = (characteristics: bigint, context: bigint, parts: World): Registration => {
  const { buffers } = parts;
  const shown = new Map<bigint, NativeClient>();
  // Entry points are the registrar's copy, made at registration.
  const entry = readEntryPoints(characteristics) ?? { attach: 0n, detach: 0n, cleanup: 0n };
  const withContext = (address: bigint, signature: Signature, held: unknown): unknown =>
    callNative(() => functionAt(address, signature)(addressOf(held)));
  return {
    facts: factsReader(characteristics),
    attach: (call) => {
      const client = nativeClient(call, buffers);
      shown.set(call.bindingHandle, client);
      return attach(entry.attach, call, { client, context, buffers });
    },
    detach: (held) => ({
      result: statusOf(withContext(entry.detach, detachSignature, held)),
      damage: buffers.written(),
    }),
    cleanup: (held) => {
      withContext(entry.cleanup, cleanupSignature, held);
      return { result: null, damage: buffers.written() };
    },
    table: () => nativeTable(readDispatch(characteristics), parts),
    retire: (handle) => {
      shown.get(handle)?.retire();
      shown.delete(handle);
    },
  };
};

const attach = (
  address: bigint,
  call: AttachCall,
  parts: { client: NativeClient; context: bigint; buffers: CallBuffers },
): AttachOutcome => {
  const { client, context, buffers } = parts;
  const binding = buffers.lendBox('map_context', addressBytes(untouched));
  const dispatch = buffers.lendBox('map_context', addressBytes(untouched));
  try {
    const answer = callNative(() =>
      functionAt(address, attachSignature)(
        call.bindingHandle,
        context,
        client.instance,
        call.clientBindingContext,
        client.dispatch,
        binding.address,
        dispatch.address,
      ),
    );
    const [held, table] = [binding, dispatch].map((box) => addressIn(buffers.bytes(box)));
    return {
      result: statusOf(answer),
      damage: [binding, dispatch].flatMap((box) => buffers.inspect(box)),
      context: held === untouched ? null : contextOf(held!),
      wroteContext: held !== untouched,
      dispatch: table === untouched ? null : contextOf(table!),
      wroteDispatch: table !== untouched,
    };
  } finally {
    buffers.retire('ProviderAttachClient', [binding, dispatch]);
  }
};
