/**
 * LIFE-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Deletion; Map Lifecycle;
 * libs/execution_context/ebpf_maps.c:ebpf_custom_map_delete
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { livesOf } from '../state/map-lives.ts';
import { hasDelete, registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { isCleanup, isOfMap, mapDelete, wholeRun } from './map-ends.ts';

/**
 * LIFE-001: one postprocess_map_delete per map, after one delete per remaining entry, after
 * everything else.
 */
const watchOneDelete: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: registrations, handlers: registrationHandlers } = registrationsOf(trace);
  const cleanups = new Map<string, string[]>();
  const run = wholeRun();
  const checkEntries = (event: EventOf<'callback-entered'>): void => {
    const life = lives.of(event.map);
    if (!life?.sure || life.deletes !== 1) return;
    if (!hasDelete(registrations.facts.get(life.created.registration))) return;
    const keys = cleanups.get(life.map) ?? [];
    const distinct = new Set(keys).size;
    if (keys.length === life.entries.size && distinct === keys.length) return;
    say.violated(
      event,
      `one delete callback with MAP_CLEANUP for each of the ${life.entries.size} remaining entries ` +
        `before ${mapDelete}`,
      `${keys.length} such calls for ${distinct} keys of ${life.map}`,
    );
  };
  return inOrder(handlers, registrationHandlers, run.handlers, {
    'callback-entered': (event) => {
      const life = lives.of(event.map);
      if (!life || !isOfMap(event)) return;
      if (event.callback === mapDelete) {
        say.exercised();
        checkEntries(event);
        if (life.deletes > 1)
          say.violated(
            event,
            `${mapDelete} exactly once per map`,
            `call ${life.deletes} for ${life.map}`,
          );
        return;
      }
      if (life.deletes > 0)
        say.violated(
          event,
          `${mapDelete} after all other callbacks of a map`,
          `${event.callback} came after it for ${life.map}`,
        );
      if (isCleanup(event))
        cleanups.set(life.map, [...(cleanups.get(life.map) ?? []), event.key ?? '']);
    },
    end: (last) => {
      if (!run.whole) return;
      for (const life of lives.lives.values()) {
        if (life.deletes === 0)
          say.violated(
            last,
            `${mapDelete} once for every map that was created`,
            `none for ${life.map}`,
          );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'LIFE-001',
  asks:
    'postprocess_map_delete is called once per map, after one delete per remaining entry and ' +
    'after everything else.',
  passing: 'The calls of every map ended so.',
  look: 'The order of clean-up, and operations that are still under way when a map ends.',
  watch: watchOneDelete,
  owns: ['close'],
};
