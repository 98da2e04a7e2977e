/**
 * LIFE-004, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Lifecycle; Flags
 */
import {
  type CallbackEntered,
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  type EventOf,
  type Requirement,
  type TraceView,
  type Reporter,
  type Watch,
} from '../../harness/index.ts';
import { HARMFUL, amount, byMaker } from '../state/block-ledger.ts';
import { isRuledOut } from '../state/cause.ts';
import { isGoneBefore } from '../state/held-value.ts';
import { type MapLife, livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { isNullDelete, mapDelete, worker } from './map-ends.ts';

type Ending = 'no entry was ever inserted' | 'all entries were deleted' | 'entries remain';

const endingOf = (life: MapLife): Ending =>
  !life.inserted
    ? 'no entry was ever inserted'
    : life.entries.size === 0
      ? 'all entries were deleted'
      : 'entries remain';

const watchThreeEnds: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: values, handlers: valueHandlers } = valueLedger(trace);
  const ended = new Map<string, Ending>();
  let base: number | null = null;
  const isEnd = (call: CallbackEntered | undefined): call is CallbackEntered =>
    call !== undefined &&
    !call.direct &&
    (call.callback === mapDelete || ((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0) &&
    lives.of(call.map) !== undefined;
  const expected = (ending: string): string => `a map ends without harm when ${ending}`;
  return inOrder(handlers, valueHandlers, {
    'callback-entered': (event) => {
      const life = lives.of(event.map);
      if (isEnd(event) && life && !ended.has(life.map)) ended.set(life.map, endingOf(life));
    },
    'map-gone': (event) => {
      if (ended.has(event.map)) say.exercised();
    },
    misuse: (event) => {
      const call = trace.call(event.call);
      if (!isEnd(call) || isNullDelete(call) || !HARMFUL.includes(event.misuse)) return;
      say.violated(
        event,
        expected(ended.get(call.map ?? '') ?? ''),
        `${event.detail}, in ${call.callback}`,
      );
    },
    balance: (event) => {
      const { resources } = event.balance;
      if (event.why === 'started') base = resources;
      const strange = [...lives.lives.values()].some(
        (life) => lives.endedElsewhere(life) && life.endedIn !== worker,
      );
      if (strange || lives.lives.size === 0) return;
      // Several references to one object look alike: while maps live nobody can say whose is left.
      const told =
        lives.alive().length === 0
          ? event
          : { ...event, balance: { ...event.balance, objects: [] } };
      leftOfEntries(
        told,
        trace,
        (map) => (lives.of(map)?.gone ? (ended.get(map) ?? null) : null),
        (call) => isGoneBefore(values.fateOf(call)),
        say,
      );
      if (!trace.subject.profile.countsResources || lives.meddled) return;
      if (base === null || resources === null) return;
      if (event.why !== 'asked' || lives.alive().length > 0 || resources === base) return;
      const ways = [...new Set(ended.values())].join('; ');
      say.violated(
        event,
        `as many values accounted for as before, ${base}, when no map is left`,
        `${resources} after maps of which ${ways}`,
      );
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (!isEnd(call) || (call.process !== lives.of(call.map)?.process && call.process !== worker))
        return;
      // A delete that is lost without MAP_CLEANUP as well has nothing to do with the end.
      if (isNullDelete(call) || isRuledOut(event, 'flags')) return;
      say.lost(event, expected(ended.get(call.map ?? '') ?? ''));
    },
  });
};

/** What element callbacks of ended maps left: blocks at unload, object references at any rest. */
const leftOfEntries = (
  event: EventOf<'balance'>,
  trace: TraceView,
  endOf: (map: string) => Ending | null,
  isOthers: (call: number) => boolean,
  say: Reporter,
): void => {
  for (const [call, sum] of byMaker(event.balance)) {
    const made = trace.call(call);
    if (isOthers(call)) continue;
    if (!made || made.direct || made.map === undefined) continue;
    if (!/_element$/.test(made.callback)) continue;
    const ending = endOf(made.map);
    const counted = event.why === 'unloaded' ? sum : { ...sum, blocks: 0, bytes: 0 };
    if (ending === null || counted.blocks + counted.objects === 0) continue;
    say.violated(
      event,
      `nothing of a map’s entries is left after its end (${ending})`,
      `${amount(counted)} of ${made.callback} of ${made.map} still there`,
    );
    return;
  }
};

export const rule: Requirement = {
  id: 'LIFE-004',
  asks:
    'A map ends well when it never held an entry, when all were deleted, and when entries ' +
    'remain, which come first with MAP_CLEANUP.',
  passing: 'All three ways were gone through; nothing was released twice and nothing was left.',
  look:
    'postprocess_map_delete: does it expect an empty map, or release what the delete callback ' +
    'has released already?',
  watch: watchThreeEnds,
};
