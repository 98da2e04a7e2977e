/**
 * The native adapter: a shared library built against custom_map_conformance.h as subject. Every run
 * gets the library loaded anew, so that statics of one run never reach the next.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Outcome, Relaxation, Subject } from '../provider/port.ts';
import { printable } from '../trace/printable.ts';
import type { LoadedSubject } from './adapter.ts';
import { CallBuffers } from './call-buffers.ts';
import { mappedRanges } from './image-memory.ts';
import { addressOf } from './koffi-binding.ts';
import { checkLibraryFile } from './library-file.ts';
import { readyClientSets, releaseClientSets } from './native-client-table.ts';
import { callNative } from './native-crossing.ts';
import { hostTable, serveRun } from './native-host-table.ts';
import { Instances, openLibrary, type Exports } from './native-library.ts';
import { NativeMemory } from './native-memory.ts';
import { nativeRegistration, type World } from './native-registration.ts';
import { addressBytes, addressIn } from './native-table.ts';

let world: World | null = null;

/** One address space for the process. */
export const openWorld = (): World =>
  (world ??= { memory: new NativeMemory(isOwnProgram()), buffers: new CallBuffers() });

/** Whether an address lies in the program file itself, where small numbers may point by chance. */
const isOwnProgram = (): ((address: number) => boolean) => {
  const ranges = mappedRanges(process.execPath);
  return (address) => ranges.some(({ from, to }) => address >= from && address < to);
};

/** Loads a library; throws SubjectError in one sentence when it is none. */
export const loadNative = (file: string): LoadedSubject => {
  checkLibraryFile(file);
  const shown = path.basename(file);
  const whole = path.resolve(file);
  const instances = new Instances(whole, shown, openLibrary);
  return {
    kind: 'native',
    name: printable(shown, 100),
    sha256: createHash('sha256').update(readFileSync(whole)).digest('hex'),
    profile: null,
    open: ({ fresh, relax = null }) => {
      const { exports } = instances.next(fresh);
      return openRun(exports, openWorld(), relax);
    },
    close: () => serveRun(null),
  };
};

const startTable = { address: 0n };

/** cmc_host_t at the end of a page, read-only: laid once. */
export const hostTableAddress = (buffers: CallBuffers): bigint => {
  if (startTable.address === 0n) startTable.address = buffers.layForEver(hostTable());
  return startTable.address;
};

/** A subject for one run. */
const openRun = (
  exports: Exports,
  { memory, buffers }: World,
  relax: Relaxation | null,
): Subject => {
  const simple = (act: () => unknown): Outcome => {
    callNative(act);
    return { result: null, damage: buffers.written() };
  };
  memory.mask.reset();
  buffers.relax(relax);
  readyClientSets();
  return {
    space: memory,
    start: (services) => {
      serveRun({
        services,
        registration: (characteristics, context) =>
          nativeRegistration(characteristics, context, { memory, buffers }),
        hideText: (text) => memory.mask.hideText(text),
        damage: () => buffers.written(),
        release: (address) => buffers.release(address),
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
export const moduleFunctions = (
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
