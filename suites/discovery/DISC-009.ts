/**
 * DISC-009, a MUST NOT for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_client_attach_provider
 * (STATUS_INVALID_DEVICE_STATE)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { watchCreations } from './creation.ts';

/** DISC-009: a live map stays with its provider. */
const watchNoRebind: Watch = (say, trace) => {
  const home = new Map<string, { binding: string; map_type: number; late: boolean }>();
  const living = (map_type: number | null): boolean =>
    [...home.values()].some((map) => map.map_type === map_type);
  const creations = watchCreations(trace, {
    strayAttach: (event) => {
      if (home.size === 0) return;
      say.violated(
        event,
        'a provider that registers while maps live gets none of them',
        `${event.registration ?? 'a provider'} was asked to attach outside a creation ` +
          `while ${[...home.keys()].join(', ')} lived`,
      );
    },
  });
  const marked = (map_type: number | null): void => {
    if (!living(map_type)) return;
    for (const map of home.values()) if (map.map_type === map_type) map.late = true;
  };
  return inOrder(creations, {
    registered: (event) => {
      if (!event.inert) marked(event.facts.data?.map_type ?? null);
    },
    'operation-ended': ({ operation }) => {
      if (operation.op === 'register_other')
        marked(operation.map_type ?? trace.subject.profile.mapType);
    },
    'map-created': ({ map, binding, map_type }) => {
      home.set(map, { binding, map_type, late: false });
    },
    'callback-entered': (event) => {
      const map = event.map === undefined ? undefined : home.get(event.map);
      if (!map || event.direct) return;
      if (map.late) say.exercised();
      if (event.binding === map.binding) return;
      say.violated(
        event,
        'a map stays with the provider it was bound to when it was created',
        `${event.callback} of ${event.map} was made through ${event.binding ?? 'no binding'}, not ${map.binding}`,
      );
    },
    'map-gone': ({ map }) => {
      home.delete(map);
    },
  });
};

export const rule: Requirement = {
  id: 'DISC-009',
  asks: 'A live map is not bound again when another provider registers.',
  passing:
    'With a second provider registered while maps lived, it saw no attach for them and ' +
    'their callbacks stayed where they were.',
  look: 'ClientAttachProvider of a map that is bound already: it must refuse.',
  watch: watchNoRebind,
};
