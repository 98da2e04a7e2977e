/** Where in the subject's library a process ended, and in which block of the ledger. */
import path from 'node:path';
import { historyOf } from '../trace/block-history.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { BlockHistory, Frame, Place } from '../trace/place.ts';
import type { CodeAddress, CrashRecord } from './crash-record.ts';
import { framesOf, type SymbolFrame } from './symbols.ts';

const framesMax = 16;
/** As far from a block its address is still taken for a slip beside it: one page. */
const besideMax = 4096n;

/**
 * The place in the library at `file`, which may have been a copy of it; null where there is none.
 */
export const placeOf = (file: string, record: CrashRecord): Place | null => {
  const name = path.basename(file);
  const own = record.frames.filter((frame) => isCopy(path.basename(frame.file), name));
  if (own.length === 0) return null;
  const frames = framesOf(file, isEndless(own) ? cycleOf(own) : own.slice(0, framesMax));
  const at = frames.find((frame) => !isGlue(frame)) ?? frames[0]!;
  return { ...shown(at), stack: frames.slice(0, framesMax).map(shown) };
};

/**
 * Copies have the name of the library, those of a runtime behind a number
 * (adapters/native-runtime.ts).
 */
const isCopy = (loaded: string, name: string): boolean =>
  loaded === name || loaded.replace(/^\d+-/, '') === name;

/** Calls that fill a stack: as many as the reporter writes down, or nearly. */
const isEndless = (frames: readonly CodeAddress[]): boolean => frames.length >= 60;

/** Where the stack ends is a matter of luck; which calls go round is not. */
const cycleOf = (frames: readonly CodeAddress[]): CodeAddress[] => {
  const calls = new Map(frames.filter((one) => !one.isExact).map((one) => [one.offset, one]));
  return [...calls.values()].sort((a, b) => (a.offset < b.offset ? -1 : 1)).slice(0, framesMax);
};

/** The shim and the shadow headers are ours: who called them is the subject. */
const isGlue = ({ folder, file }: SymbolFrame): boolean =>
  /[\\/]native[\\/](shim|include)[\\/]/.test(folder) || /^cmc_shim.*\.[ch]$/.test(file ?? '');

const shown = ({ function: name, file, line, module, offset }: SymbolFrame): Frame => ({
  function: name,
  file,
  line,
  module,
  offset,
});

/** A block of the ledger and where it lay. */
export type BlockPlace = { block: string; address: bigint };

/**
 * The block that the address lies in or next to, the last one that lay there; null when there is
 * none.
 */
export const blockAt = (
  address: bigint,
  places: readonly BlockPlace[],
  trace: readonly TraceEvent[],
): BlockHistory | null => {
  let found: BlockHistory | null = null;
  let distance = besideMax;
  for (const place of places) {
    const offset = address - place.address;
    if (offset < -besideMax || offset > BigInt(Number.MAX_SAFE_INTEGER)) continue;
    const history = historyOf(trace, place.block, Number(offset));
    if (!history) continue;
    const away = offset < 0n ? -offset : offset < history.size ? 0n : offset - BigInt(history.size);
    if (away > distance) continue;
    [found, distance] = [history, away];
  }
  return found;
};
