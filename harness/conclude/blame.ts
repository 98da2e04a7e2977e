/**
 * Which call of the subject a violation comes from, and what that call did: read from the trace
 * alone, by who made, ended and used what. The call at which a violation shows need not be it.
 */
import type { Violation } from '../check/monitor.ts';
import type { Damage } from '../trace/damage.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { Misuse } from '../trace/misuse.ts';
import { wordsOfFrame } from '../trace/place.ts';
import { unknown, type Blame, type Nature } from './blamed.ts';
import { changedBy, storedTwice, unwritten } from './blame-values.ts';
import { callsOf, endOf, type Calls, type Entered } from './lifetimes.ts';

const natureOfMisuse = (misuse: Misuse): Nature => {
  if (/epoch/.test(misuse) && !/^(allocate|free|value)/.test(misuse)) return 'epoch';
  if (/^(free|use|value|out-of|null-|bad-access|object|allocate)/.test(misuse)) return 'memory';
  if (/^lock/.test(misuse)) return 'lock';
  if (/dispatch|irql/.test(misuse)) return 'level';
  if (/^(deregister|wait|detach|service|client)/.test(misuse)) return 'registrar';
  return 'other';
};

/** Blame of violations in one trace. */
export const blameIn = (trace: readonly TraceEvent[]): ((violation: Violation) => Blame) => {
  const calls = callsOf(trace);
  return ({ seq }) => {
    const event = trace[seq];
    if (event === undefined) return unknown;
    switch (event.kind) {
      case 'misuse':
        return blameOfMisuse(event, calls, trace);
      case 'lost':
        return blameOfLoss(event, calls, trace);
      case 'callback-returned':
      case 'callback-entered':
        return blameOfReturn(event.call, calls, trace);
      case 'balance':
      case 'map-gone':
        return blameOfRest(event, calls, trace);
      case 'operation-ended':
        return blameOfOperation(event, calls, trace);
      case 'registered':
      case 'registration-changed':
        return { ...unknown, call: runningAt(seq, calls), nature: 'data' };
      case 'deregister':
      case 'deregister-wait':
      case 'binding-state':
        return { ...unknown, call: runningAt(seq, calls), nature: 'registrar' };
      default: {
        const call = 'call' in event ? (calls.entered.get(event.call) ?? null) : null;
        return { ...unknown, call: call ?? runningAt(seq, calls) };
      }
    }
  };
};

/** The call that was running at an event, or the last one before it. */
const runningAt = (seq: number, { all }: Calls): Entered | null =>
  all.findLast((one) => one.seq <= seq) ?? null;

const isOver = (end: Entered | null, seq: number): boolean => end !== null && end.seq <= seq;

const blameOfMisuse = (
  event: EventOf<'misuse'>,
  calls: Calls,
  trace: readonly TraceEvent[],
): Blame => {
  const call = calls.entered.get(event.call) ?? null;
  const nature = natureOfMisuse(event.misuse);
  const { block } = event;
  const own: Blame = { ...unknown, call, nature, things: block ? [block] : [] };
  return block === undefined ? own : (tooEarly(block, calls, event, trace) ?? own);
};

/** Who freed a block before its time; null: it was freed in time, or not at all. */
const tooEarly = (
  block: string,
  calls: Calls,
  { seq: until, call: user }: { seq: number; call: number },
  trace: readonly TraceEvent[],
): Blame | null => {
  const freed = calls.freed.get(block);
  const maker = calls.entered.get(calls.made.get(block) ?? 0);
  if (!freed || !maker || freed.seq > until) return null;
  const call = calls.entered.get(freed.call);
  if (!call) return null;
  const own: Blame = {
    ...{ ...unknown, call, maker },
    ...{ nature: 'memory', things: [block], way: 'freed-early' },
  };
  if (call === maker) return { ...own, did: `freed ${block} and left its address behind` };
  const end = endOf(maker, calls);
  if (isOver(end, freed.seq) || (end === null && !isKept(maker, calls))) {
    const isUnderWay = beginOf(calls.entered.get(user), trace) < freed.seq && user !== freed.call;
    const did = `freed ${block} at once, which a call that had begun before still needed`;
    return isUnderWay ? { ...own, did } : null;
  }
  return { ...own, did: `freed ${block}, which ${ofWhat(maker)} still needed` };
};

/** When the operation of a call began: from then on it may rely on what is stored. */
const beginOf = (call: Entered | undefined, trace: readonly TraceEvent[]): number => {
  if (!call) return Number.MAX_SAFE_INTEGER;
  const isBegin = (one: TraceEvent): boolean =>
    one.kind === 'operation-started' && one.op === call.op && one.operation.op === 'find';
  return trace.find(isBegin)?.seq ?? call.seq;
};

/** Whether what a call made stays in use when the call is over. */
const isKept = (maker: Entered, calls: Calls): boolean =>
  maker.callback === 'preprocess_map_update_element' &&
  calls.returned.get(maker.call)?.result === 'EBPF_SUCCESS';

const ofWhat = (maker: Entered): string => {
  switch (maker.callback) {
    case 'preprocess_map_update_element':
      return `a value that is stored in ${maker.map ?? 'a map'}`;
    case 'preprocess_map_create':
      return maker.map ?? 'a map';
    case 'ProviderAttachClient':
      return maker.binding ?? 'a binding';
    default:
      return 'the provider';
  }
};

const blameOfLoss = (event: EventOf<'lost'>, calls: Calls, trace: readonly TraceEvent[]): Blame => {
  const own: Blame = {
    ...unknown,
    call: calls.entered.get(event.call) ?? null,
    nature: 'loss',
    things: event.block ? [event.block.block] : [],
    place: event.place ? wordsOfFrame(event.place) : null,
  };
  const misuse = trace.findLast(
    (one): one is EventOf<'misuse'> =>
      one.kind === 'misuse' && one.call === event.call && one.seq < event.seq,
  );
  const block = misuse?.block ?? event.block?.block;
  return (block === undefined ? null : tooEarly(block, calls, event, trace)) ?? own;
};

const blameOfReturn = (call: number, calls: Calls, trace: readonly TraceEvent[]): Blame => {
  const entered = calls.entered.get(call) ?? null;
  const back = calls.returned.get(call);
  if (!entered || !back) return { ...unknown, call: entered };
  const misuse = trace.find(
    (one): one is EventOf<'misuse'> => one.kind === 'misuse' && one.call === call,
  );
  if (misuse) return blameOfMisuse(misuse, calls, trace);
  const own = { ...unknown, call: entered };
  if (back.damage.length > 0)
    return { ...own, nature: 'buffer', did: back.damage.map(harm).join('; ') };
  if (back.irql !== entered.irql) return { ...own, nature: 'level' };
  if (back.epoch_depth > 0) return { ...own, nature: 'epoch' };
  const empty = unwritten(calls, entered.seq, entered.value);
  if (empty && entered.callback === 'postprocess_map_find_element') return empty;
  const isFind = entered.callback === 'postprocess_map_find_element';
  const between = isFind ? (storedTwice(entered.value, calls) ?? changedBy(entered, calls)) : null;
  if (between) return between;
  const isGood = back.result === null || /^(EBPF|STATUS)_SUCCESS$/.test(back.result);
  return { ...own, nature: isGood ? 'content' : 'result' };
};

const harm = (damage: Damage): string => {
  switch (damage.what) {
    case 'modified':
      return `wrote to ${damage.buffer}, which is only to be read`;
    case 'overrun':
      return `wrote ${damage.buffer} at offset ${damage.offset}, outside it`;
    case 'released':
      return `released ${damage.buffer}, which is the caller's`;
    case 'kept':
      return `used ${damage.buffer} of an earlier ${damage.callback}, which had returned`;
    case 'touched':
      return `touched ${damage.buffer} at offset ${damage.offset}, outside it`;
  }
};

/** What was left: the call that should have given it back. */
const blameOfRest = (
  event: EventOf<'balance'> | EventOf<'map-gone'>,
  calls: Calls,
  trace: readonly TraceEvent[],
): Blame => {
  const left = leftAt(event, trace, calls);
  const own: Blame = { ...unknown, nature: 'memory', isTally: true };
  for (const { name, call } of left) {
    const blame = unreleased(name, call, calls);
    if (blame) return { ...blame, things: left.map((one) => one.name), isTally: true };
  }
  return { ...(unwritten(calls, event.seq) ?? own), isTally: true };
};

const leftAt = (
  event: EventOf<'balance'> | EventOf<'map-gone'>,
  trace: readonly TraceEvent[],
  calls: Calls,
): { name: string; call: number }[] => {
  // A count that is off says nothing of blocks; what is never given back is in the last balance.
  const last = trace.findLast((one): one is EventOf<'balance'> => one.kind === 'balance');
  const { blocks = [], objects = [] } = event.balance ?? last?.balance ?? {};
  const shown = blocks.length + objects.length > 0 ? { blocks, objects } : last?.balance;
  const all = [
    ...(shown?.blocks ?? []).map(({ block, call }) => ({ name: block, call })),
    ...(shown?.objects ?? []).map(({ object, call }) => ({ name: object, call })),
  ];
  return all.sort((one, other) => endSeq(one.call, calls) - endSeq(other.call, calls));
};

/** When what a call made came to its end: later than all else where it did not. */
const endSeq = (call: number, calls: Calls): number => {
  const maker = calls.entered.get(call);
  return (maker && endOf(maker, calls)?.seq) ?? Number.MAX_SAFE_INTEGER;
};

const unreleased = (name: string, made: number, calls: Calls): Blame | null => {
  const maker = calls.entered.get(made);
  if (!maker) return null;
  const twice = storedTwice(calls.returned.get(made)?.out, calls);
  if (twice) return { ...twice, things: [name], maker };
  const end = endOf(maker, calls);
  const call = end ?? maker;
  const did = end
    ? `did not release ${name}, made in ${maker.callback}`
    : `left ${name} behind, with nobody to release it`;
  const about = { things: [name], maker, way: 'unreleased' as const };
  return { ...unknown, call, nature: 'memory', did, ...about };
};

/** The last call of an operation: what the operation shows, it has done. */
const blameOfOperation = (
  event: EventOf<'operation-ended'>,
  calls: Calls,
  trace: readonly TraceEvent[],
): Blame => {
  const call = calls.all.findLast((one) => one.op === event.op && one.seq < event.seq) ?? null;
  if (!call) return { ...unknown, call: null };
  const { op } = event.operation;
  const shows = op === 'find' || op === 'find_element' || op === 'iterate' || op === 'helper';
  if (shows) return { ...unknown, call, nature: 'content' };
  const isBad = event.result !== 'EBPF_SUCCESS' && calls.returned.get(call.call)?.result;
  const misuse = trace.find((one) => one.kind === 'misuse' && one.call === call.call);
  if (misuse) return blameOfReturn(call.call, calls, trace);
  const empty = call.callback === 'preprocess_map_update_element' && unwritten(calls, event.seq);
  return empty || { ...unknown, call, nature: isBad ? 'result' : 'memory' };
};
