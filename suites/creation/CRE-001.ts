/**
 * CRE-001, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Creation (required); Map Discovery and Creation
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { create } from './creations.ts';

/** CRE-001: one create per map, after attach and before everything else. */
const watchCreateOnce: Watch = (say) => {
  const attached = new Set<string>();
  const created = new Set<string>();
  return {
    'binding-state': (event) => {
      if (event.state === 'attached') attached.add(event.binding);
    },
    'callback-entered': (event) => {
      const { map, callback } = event;
      if (event.direct || map === undefined || !/^(pre|post)process_/.test(callback)) return;
      if (callback !== create) {
        if (!created.has(map))
          say.violated(
            event,
            `${create} before any other callback of a map`,
            `${callback} came first for ${map}`,
          );
        return;
      }
      say.exercised();
      if (created.has(map))
        say.violated(event, `${create} exactly once per map`, `it was called again for ${map}`);
      if (event.binding !== undefined && !attached.has(event.binding)) {
        say.violated(
          event,
          `${create} after the attach`,
          `it was called for ${map} before ${event.binding} was attached`,
        );
      }
      created.add(map);
    },
  };
};

export const rule: Requirement = {
  id: 'CRE-001',
  asks: 'preprocess_map_create is called exactly once per map, after attach, before any other callback of the map.',
  passing: 'The order of calls was so for every map.',
  look: 'The order of attach, preprocess_map_create and the first operation.',
  watch: watchCreateOnce,
  owns: ['create'],
};
