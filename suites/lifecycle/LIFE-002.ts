/**
 * LIFE-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Deletion (required)
 */
import type { Balance, EventOf, Requirement, Watch } from '../../harness/index.ts';
import { pool } from '../state/blind-spots.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import { type MapLife, livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { cachedMapsMax, isNullDelete, mapDelete, worker } from './map-ends.ts';

/** LIFE-002: what a map’s creation allocated does not outlive the map. */
const watchMapDelete: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  /**
   * Operations whose last create failed, and the failed calls: CRE-009 and CRE-010 speak of those.
   */
  const failedCreates = new Set<number>();
  const failedCalls = new Set<number>();
  const references = new Map<number, number>();
  /**
   * Which of several references to one object is dropped nobody can tell: failed creates may own
   * those left.
   */
  const blamable = (balance: Balance): Balance =>
    [...failedCalls].some((call) => references.has(call)) ? { ...balance, objects: [] } : balance;
  const expected =
    'everything allocated for a map is freed when postprocess_map_delete has run and deferred work is done';
  const left = (event: EventOf<'balance'>): { life: MapLife; what: string }[] =>
    [...byMaker(blamable(event.balance))].flatMap(([call, sum]) => {
      const made = trace.call(call);
      const life = made?.callback === 'preprocess_map_create' ? lives.of(made.map) : undefined;
      if (!life?.gone || failedCalls.has(call)) return [];
      if (lives.endedElsewhere(life) && life.endedIn !== worker) return [];
      return [{ life, what: amount(sum) }];
    });
  return inOrder(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== 'preprocess_map_create' || !call) return;
      if (event.result === 'EBPF_SUCCESS') {
        failedCreates.delete(call.op);
        return;
      }
      failedCreates.add(call.op);
      failedCalls.add(event.call);
    },
    'object-referenced': (event) => void references.set(event.call, event.seq),
    'map-gone': () => say.exercised(),
    balance: (event) => {
      const rows = left(event);
      const [first] = rows;
      if (!first) return;
      if (event.why === 'unloaded') {
        say.violated(
          event,
          expected,
          `${first.what}, allocated in preprocess_map_create of ${first.life.map}, still there after unload`,
        );
      } else if (event.why === 'asked' && rows.length > lives.peak + cachedMapsMax) {
        say.violated(
          event,
          expected,
          `what preprocess_map_create allocated for ${rows.length} maps that are gone is still there`,
        );
      }
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== mapDelete || !call || failedCreates.has(call.op)) return;
      // A NULL context is LIFE-011's; a strange process is LIFE-006's.
      const life = lives.of(call.map);
      if (isNullDelete(call) || (life && lives.endedElsewhere(life) && !call.direct)) return;
      say.lost(event, 'postprocess_map_delete frees the map and returns');
    },
  });
};

export const rule: Requirement = {
  id: 'LIFE-002',
  asks:
    'postprocess_map_delete frees the map context and everything that hangs off it, at once ' +
    'or through the epoch.',
  passing:
    'Every block allocated in the creation of a map is freed when the map is gone and all ' +
    'deferred work has run, over repeated lives of maps and at unload.',
  look: 'postprocess_map_delete: is every allocation of preprocess_map_create freed on this path?',
  watch: watchMapDelete,
  owns: ['postprocess_map_delete'],
  blindSpots: { ownServices: pool },
};
