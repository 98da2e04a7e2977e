/** What was found out about a loss, put into its trace. */
import { flagNames, irqlName } from '../abi/flags.ts';
import type { RunResult } from '../execute/execute.ts';
import type { Cause, Circumstance } from '../trace/cause.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';

/** The circumstance that it came of, and those that it did not come of. */
export type Found = { cause: Cause | null; ruledOut: readonly Circumstance[] };

/** Whether it is known already what the call did to its buffers. */
export const isKnownOf = ({ damage }: EventOf<'lost'>): boolean => (damage?.length ?? 0) > 0;

/** The result with what was found in its loss. */
export const withFound = (result: RunResult, { cause, ruledOut }: Found): RunResult => ({
  ...result,
  trace: result.trace.map((event) =>
    event.kind === 'lost'
      ? {
          ...event,
          ...(cause ? { cause, detail: `${event.detail}; ${wordsOf(cause)} it returned` } : {}),
          ...(ruledOut.length > 0 ? { ruledOut: [...ruledOut] } : {}),
        }
      : event,
  ),
});

const wordsOf = (cause: Cause): string => {
  switch (cause.what) {
    case 'flags':
      return `without the flags ${flagNames(cause.flags)}`;
    case 'key':
      return 'with a key';
    case 'size':
      return `with the usual size of ${cause.of}`;
    case 'level':
      return `at PASSIVE_LEVEL instead of ${irqlName(cause.irql)}`;
    case 'bounds':
      return `with more bytes behind ${cause.of}`;
    case 'out':
      return 'with an out_value';
    default:
      return wordsOfRun[cause.what];
  }
};

type OfRun = Exclude<Circumstance, 'flags' | 'key' | 'size' | 'level' | 'bounds' | 'out'>;

const wordsOfRun: Readonly<Record<OfRun, string>> = {
  allocation: 'where no allocation failed',
  order: 'with one operation after another',
  others: 'with no other map beside it',
  deregistration: 'with no deregistration under way',
  process: 'in the process that created the map',
  client: 'with a client as the runtime has it',
  history: 'without earlier operations on its map',
  probe: 'without direct calls before it',
  condition: 'under ordinary conditions',
  deferral: 'where work items ran at once',
};

/** The trace with the access that natively nobody sees, before the loss that came of it. */
export const withFreed = (result: RunResult, block: string): RunResult => {
  const lost = result.trace.find((event) => event.kind === 'lost')!;
  const owner = result.trace.find((event) => event.kind === 'allocated' && event.block === block);
  const told: TraceEvent = {
    kind: 'misuse',
    call: lost.call,
    misuse: 'use-after-free',
    detail: `access to ${block}: the memory was freed and its epoch is over`,
    block,
    ...(owner && 'call' in owner ? { owner: owner.call } : {}),
    seq: 0,
    actor: lost.actor,
  };
  const at = result.trace.indexOf(lost);
  const trace = [...result.trace.slice(0, at), told, ...result.trace.slice(at)];
  return { ...result, trace: trace.map((event, seq) => ({ ...event, seq })) };
};
