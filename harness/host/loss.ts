/** Puts the end of a process into words and into a trace. */
import type { CallbackName } from '../abi/callbacks.ts';
import type { RunResult } from '../execute/execute.ts';
import type { Damage } from '../trace/damage.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { limitWords, type Limit } from '../adapters/process-load.ts';
import { wordsOfDamage } from './autopsy.ts';
import type { Death, Journal } from './host-process.ts';
import { blockAt, placeOf } from './place.ts';
import { sanitizerReport } from './stderr-tail.ts';
import { lackOfSymbols } from './symbols.ts';

const signalWords: Readonly<Record<string, string>> = {
  SIGSEGV: 'memory was accessed that is not mapped or not allowed',
  SIGBUS: 'memory was accessed that does not exist',
  SIGABRT: 'abort() was called',
  SIGILL: 'an illegal instruction was executed',
  SIGFPE: 'an arithmetic trap, a division by zero for one',
  SIGTRAP: 'a breakpoint or a trap instruction was executed',
  SIGKILL: 'the system killed the process',
  'exception 0xc0000005': 'memory was accessed that is not mapped or not allowed',
};

/** The library that was lost, and why crashes in it have no place, if they have none. */
export type LostLibrary = { file: string; unplaced: string | null };

const detailOf = ({ how, error, said }: Death, limit: Limit): string => {
  if (how === 'hang')
    return `the call did not return within ${limitWords(limit)}, nor with more patience`;
  const report = sanitizerReport(said);
  if (report) return `${report.name} ended the process: ${report.saw}`;
  const words = signalWords[error] ?? 'the call ended the process';
  return said ? `${words}; it said: ${said}` : words;
};

type InCode = Pick<EventOf<'lost'>, 'place' | 'block'>;

const whereInCode = (
  { file }: LostLibrary,
  { how, record, fault }: Death,
  { trace, blocks }: Pick<Journal, 'trace' | 'blocks'>,
): InCode => {
  if (how !== 'crash') return {};
  const place = record && placeOf(file, record);
  const block = fault === null ? null : blockAt(fault, blocks, trace);
  return { ...(place ? { place } : {}), ...(block ? { block } : {}) };
};

/** Why there is no place, or no line, where the fault is not the subject's. */
const lackOf = (
  { unplaced }: LostLibrary,
  { how, record }: Death,
  place: InCode['place'],
): string => {
  if (how !== 'crash') return '';
  if (!record) return `; its place is not known: ${unplaced ?? 'it ended without a word'}`;
  const lack = place?.line === null ? lackOfSymbols() : null;
  return lack === null ? '' : `; ${lack}`;
};

/**
 * The trace of a run that did not come back: its journal, how it was lost, and the end that every
 * trace has.
 */
export const confirmedLoss = (
  { trace, taken, blocks }: Journal,
  death: Death,
  limit: Limit,
  library: LostLibrary | null = null,
): RunResult => {
  // The process may end after the run and before its result is out: the end of the trace comes last
  // all the same.
  if (trace.at(-1)?.kind === 'run-ended') trace.pop();
  const last = trace.at(-1);
  const at = { actor: last?.actor ?? 0 };
  const where = library ? whereInCode(library, death, { trace, blocks }) : {};
  // The runtime may have ended the run itself, and the subject fell on its way out: that is no
  // second loss.
  const isTold = trace.some(({ kind }) => kind === 'lost' || kind === 'bound-reached');
  if (!isTold) {
    trace.push({
      kind: 'lost',
      ...whereLost(trace, death),
      how: death.how === 'hang' ? 'hang' : 'crash',
      error: death.how === 'hang' ? 'hang' : death.error,
      detail: `${detailOf(death, limit)}${library ? lackOf(library, death, where.place) : ''}`,
      during: null,
      ...where,
      seq: trace.length,
      ...at,
    });
  }
  const entered = trace.filter(({ kind }) => kind === 'callback-entered').length;
  const operations = trace.filter(({ kind }) => kind === 'operation-started').length;
  trace.push({
    kind: 'run-ended',
    operations,
    callbacks: entered,
    seq: trace.length,
    actor: -1,
  });
  return { trace, branches: [], taken, spoiled: true };
};

/** The loss with what is known of it by now. */
export const withDamage = (result: RunResult, damage: readonly Damage[]): RunResult => {
  if (damage.length === 0) return result;
  const trace = result.trace.map((event): TraceEvent => {
    if (event.kind !== 'lost') return event;
    return { ...event, detail: `${event.detail}${wordsOfDamage(damage)}`, damage: [...damage] };
  });
  return { ...result, trace };
};

/** The call that ran; between calls, the one before. */
const whereLost = (
  trace: readonly TraceEvent[],
  { mark }: Death,
): { call: number; op: number; callback: CallbackName } => {
  if (mark.stage === 'subject') return { call: mark.call, op: mark.op, callback: mark.callback };
  const before = trace.findLast((event) => event.kind === 'callback-entered');
  return { call: before?.call ?? 0, op: before?.op ?? 0, callback: before?.callback ?? 'start' };
};
