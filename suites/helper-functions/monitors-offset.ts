/** Monitors of map_context_offset and of the slot in the runtime's map object that it leads to. */
import type { Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import { watchStrangeOffset } from './monitors.ts';

/** CTX-001 (runtime): every client names the same offset. */
export const watchOneOffset: Watch = (say) => {
  let first: number | null = null;
  return {
    'callback-entered': (event) => {
      const offset = event.client?.map_context_offset;
      if (event.callback !== 'ProviderAttachClient' || offset === undefined || !event.client?.data)
        return;
      say.exercised();
      first ??= offset;
      if (offset === first) return;
      say.violated(
        event,
        'all clients of a runtime name one map_context_offset',
        `${event.binding} was told ${offset}, an earlier one ${first}`,
      );
    },
  };
};

/** CTX-002 (runtime): the slot holds the provider's context, and NULL in native maps. */
export const watchSlot: Watch = (say, trace) => ({
  'operation-ended': (event) => {
    if (event.operation.op !== 'map_context' || event.skipped || event.result !== 'EBPF_SUCCESS')
      return;
    say.exercised();
    const known = trace.map(event.map);
    const there = (event.out ?? null) as string | null;
    const expected = known?.context ?? null;
    if (there === expected) return;
    say.violated(
      event,
      known
        ? 'the map_context of the provider stands in the map object at map_context_offset'
        : 'a native map has NULL at map_context_offset',
      `${there ?? 'NULL'} for ${event.map}, whose context is ${expected ?? 'NULL'}`,
    );
  },
});

/** CTX-003: permission to keep the offset; seen when a second client told it. */
export const watchCachedOffset: Watch = (say) => {
  let attached = 0;
  return {
    'callback-returned': (event) => {
      if (event.callback !== 'ProviderAttachClient' || event.result !== 'STATUS_SUCCESS') return;
      if ((attached += 1) > 1) say.exercised();
    },
  };
};

/** CTX-004: any offset will do. Without helpers only a refusal to attach or create can tell. */
export const watchAnyOffset: Watch = (say, trace) => {
  const expected = 'a provider works with whatever map_context_offset the client data name';
  return together(watchStrangeOffset(say, trace), {
    'callback-returned': (event) => {
      const offset = trace.conditions.map_context_offset;
      const isEntry =
        event.callback === 'ProviderAttachClient' || event.callback === 'preprocess_map_create';
      if (offset === undefined || !isEntry) return;
      say.exercised();
      const done = event.result === 'STATUS_SUCCESS' || event.result === 'EBPF_SUCCESS';
      // A refusal for want of memory says nothing about offsets.
      if (done || trace.isShort) return;
      const saw = `${event.callback} answered ${event.result} when the offset was ${offset}`;
      if (offset === 0) say.warned(event, expected, saw);
      else say.violated(event, expected, saw);
    },
  });
};

/** CTX-005: the map object is the runtime's. */
export const watchMapWrites: Watch = (say) => {
  const expected = 'a provider only reads the map object of the runtime';
  const writers = new Set<number>();
  return {
    'map-created': () => say.exercised(),
    misuse: (event) => {
      if (event.misuse !== 'write-to-map') return;
      writers.add(event.call);
      say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (writers.has(event.call)) say.lost(event, expected);
    },
  };
};
