/**
 * CONC-003, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Concurrency and IRQL
 */
import type {
  CallbackEntered,
  EventOf,
  Requirement,
  TraceView,
  Watch,
} from '../../harness/index.ts';
import { DELETERS } from './overlap.ts';
import { hearsOfBoth } from './conditions.ts';

const UPDATE = 'preprocess_map_update_element';

const ownAccord = 0x06;

/** Values of one map: how often each is with the runtime, by its bytes. */
type Held = Map<string, number>;

/** A preprocess delete that refused an explicit delete: the value stays. */
const isRefused = (event: EventOf<'callback-returned'>, call: CallbackEntered): boolean =>
  call.callback === 'preprocess_map_delete_element' &&
  event.result !== 'EBPF_SUCCESS' &&
  ((call.flags ?? 0) & ownAccord) === 0;

const watchDeliveries: Watch = (say, trace) => {
  const expected =
    'each value that was displaced, deleted, rolled back or cleaned up is handed to the delete callback once';
  const maps = new Map<string, Held>();
  /** Maps whose stored bytes a helper may have changed in place. */
  const touched = new Set<string>();
  const heldIn = (map: string): Held => {
    const held = maps.get(map) ?? new Map<string, number>();
    maps.set(map, held);
    return held;
  };
  const add = (map: string, value: string, by: number): number => {
    const held = heldIn(map);
    const count = (held.get(value) ?? 0) + by;
    held.set(value, count);
    return count;
  };
  return {
    service: (event) => {
      if (event.name === 'find_element_function' && event.map) touched.add(event.map);
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (
        !call?.map ||
        call.direct ||
        call.value === undefined ||
        call.value === null ||
        !isWhole(trace)
      )
        return;
      if (event.callback === UPDATE && event.result === 'EBPF_SUCCESS') {
        add(call.map, event.out ?? call.value, 1);
      } else if (DELETERS.includes(event.callback) && !isRefused(event, call)) {
        say.exercised();
        if (add(call.map, call.value, -1) >= 0 || touched.has(call.map)) return;
        say.violated(
          event,
          expected,
          `${event.callback} of ${call.map} was handed a value that no update callback had given, ` +
            'or that it had been handed before',
        );
      }
    },
    'map-gone': (event) => {
      const left = [...heldIn(event.map).values()].filter((count) => count > 0).length;
      maps.delete(event.map);
      if (left === 0 || touched.has(event.map)) return;
      say.violated(
        event,
        expected,
        `${event.map} is gone, and ${left} value(s) were never handed to the delete callback`,
      );
    },
  };
};

const isWhole = ({ subject }: TraceView): boolean =>
  subject.profile.hasUpdate && subject.profile.deleteStyle !== 'none';

export const rule: Requirement = {
  id: 'CONC-003',
  asks:
    'The runtime delivers the delete callback exactly once per displaced, deleted, rolled ' +
    'back or cleaned up value, under concurrency too.',
  passing:
    'What update callbacks gave and what delete callbacks were handed was counted value by value, map by map.',
  look: 'Updates that lose a race, and clean-up beside deletes.',
  applies: hearsOfBoth,
  watch: watchDeliveries,
  blindSpots: { transcripts: 'all steps ran one after the other' },
};
