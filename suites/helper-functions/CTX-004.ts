/**
 * CTX-004, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Client Data; xdp ebpfcpumap.c comment
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { watchOwnMap } from './own-map.ts';

/** CTX-004: any offset will do. Without helpers only a refusal to attach or create can tell. */
const watchAnyOffset: Watch = (say, trace) => {
  const expected = 'a provider works with whatever map_context_offset the client data name';
  return inOrder(watchStrangeOffset(say, trace), {
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

/** CTX-004, where helpers exist: the same at offsets that nobody has seen before. */
const watchStrangeOffset: Watch = watchOwnMap(
  'a helper finds the context of its map whatever map_context_offset the client data named',
  (trace) => trace.conditions.map_context_offset !== undefined,
  (trace) => (trace.conditions.map_context_offset === 0 ? 'warned' : 'violated'),
);

export const rule: Requirement = {
  id: 'CTX-004',
  asks:
    'A provider assumes no particular map_context_offset, neither its value nor its ' +
    'width. Taking 0 for "not attached" is advised against only.',
  passing:
    'Runs with offsets from 0 to beyond 32 bits: attach and creation succeeded, and helpers ' +
    'found their maps.',
  look: 'The type of the variable that keeps the offset, and comparisons of it with 0.',
  watch: watchAnyOffset,
};
