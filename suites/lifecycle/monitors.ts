/** Monitors of the lifecycle chapter, one per rule. */
import type { EventOf, Watch } from '../../harness/index.ts';

/** LIFE-002: blocks made in a map's calls outlive neither the module nor, over and over, the map. */
export const watchMapDelete: Watch = (say, trace) => {
  const gone = new Map<string, number>();
  return {
    'map-gone': (event) => {
      gone.set(event.map, event.seq);
      say.exercised();
    },
    balance: (event: EventOf<'balance'>) => {
      if (event.why !== 'unloaded') return;
      for (const block of event.balance.blocks) {
        const call = trace.call(block.call);
        if (call?.callback !== 'preprocess_map_create' || !call.map || !gone.has(call.map)) continue;
        say.violated(
          event,
          'everything allocated for a map is freed when postprocess_map_delete has run and deferred work is done',
          `${block.block} (${block.size} bytes, ${block.kind}), allocated in preprocess_map_create of ${call.map}, is still alive after unload`,
        );
      }
    },
  };
};
