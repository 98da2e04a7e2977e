/**
 * CRE-016, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create (Done), ebpf_map_create (Exit)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { create } from './creations.ts';

/** CRE-016: what create made is deleted when the creation fails afterwards. */
const watchUndoneCreate: Watch = (say, trace) => {
  const made = new Map<
    string,
    { context: string | null; deletes: number; op: number; failed: boolean }
  >();
  let whole = true;
  return {
    lost: () => void (whole = false),
    'bound-reached': () => void (whole = false),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || call?.map === undefined || call.direct) return;
      if (event.result === 'EBPF_SUCCESS')
        made.set(call.map, {
          context: event.context ?? null,
          deletes: 0,
          op: call.op,
          failed: false,
        });
    },
    'map-created': (event) => void made.delete(event.map),
    'callback-entered': (event) => {
      const known =
        event.callback === 'postprocess_map_delete' && !event.direct && made.get(event.map ?? '');
      if (known) known.deletes += 1;
    },
    'operation-ended': (event) => {
      if (event.operation.op !== 'create' || event.result === 'EBPF_SUCCESS') return;
      for (const known of made.values()) if (known.op === event.op) known.failed = true;
    },
    end: (last) => {
      if (!whole) return;
      for (const [map, known] of made) {
        if (!known.failed || (known.context === null && known.deletes <= 1)) continue;
        say.exercised();
        if (known.deletes === 1) continue;
        say.violated(
          last,
          'postprocess_map_delete exactly once when a creation fails after preprocess_map_create succeeded',
          `${known.deletes} calls for ${map}`,
        );
      }
    },
  };
};

export const rule: Requirement = {
  id: 'CRE-016',
  asks:
    'A creation that fails after preprocess_map_create succeeded calls postprocess_map_delete ' +
    'once for that context.',
  passing: 'Each such context was deleted exactly once.',
  look: 'The error path after preprocess_map_create.',
  watch: watchUndoneCreate,
};
