/**
 * How much a subject may use up before it is given up: here are all limits on it, and --timeout
 * reaches each. What is given up the first time is asked again with more (`again`); only what does
 * not come back then hangs.
 */
import process from 'node:process';
import { limitWords, type Limit } from '../adapters/process-load.ts';

/** A limit and the longer one that a second try gets. */
export type Limits = { first: Limit; again: Limit };

const callMs = 500;
/** Under Wine a crash alone takes about four seconds. */
const wineCallMs = 5_000;
/**
 * A report of AddressSanitizer names functions, for which it reads the debug information of
 * Node.js.
 */
const asanCallMs = 10_000;
/** Loading, importing, and the first start of a subject. */
const loadMs = 5_000;

const limit = (ms: number): Limit => ({ cpuMs: ms, sleptMs: ms });

/** Limits on one call. `timeoutMs`: what was asked for, or null. */
export const callLimits = (timeoutMs: number | null, isUnderAsan = false): Limits => {
  const isWine = process.platform === 'win32' && 'WINEPREFIX' in process.env;
  const usualMs = isWine ? wineCallMs : isUnderAsan ? asanCallMs : callMs;
  const ms = timeoutMs ?? usualMs;
  return { first: limit(ms), again: { cpuMs: 2 * ms, sleptMs: 4 * ms } };
};

/**
 * Limits on loading and the first start: never shorter than usual, since Node.js itself has to
 * start.
 */
export const loadLimits = (timeoutMs: number | null): Limits => {
  const ms = Math.max(loadMs, timeoutMs ?? 0);
  return { first: limit(ms), again: limit(3 * ms) };
};

/** What is said of a load or start that does not come back. */
export const loadLimitWords = ({ again }: Limits): string =>
  `did not return within ${limitWords(again)} (the limit on loading and starting; --timeout raises it)`;

/** Why a call that was given up once, and came back when it got more, proves nothing. */
export const overranWords = ({ first, again }: Limits, callback: string): string =>
  `${callback} did not return within ${limitWords(first)} once, and did with a limit of ` +
  `${limitWords(again)}: the limit on calls ran out (--timeout raises it)`;
