/**
 * CRE-017, a SHOULD for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { create } from './creations.ts';

/** CRE-017: the caller hears of a failing create. */
const watchFailureReported: Watch = (say, trace) => {
  const refused = new Map<number, string>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || call.direct || event.result === 'EBPF_SUCCESS')
        return;
      refused.set(call.op, event.result ?? '');
    },
    'operation-ended': (event) => {
      const code = refused.get(event.op);
      if (event.operation.op !== 'create' || code === undefined) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      say.violated(
        event,
        'a creation that the provider refused fails',
        `the provider answered ${code} and the caller got EBPF_SUCCESS`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'CRE-017',
  asks: 'A failing preprocess_map_create is reported to the caller.',
  passing: 'Each refused creation failed for the caller too, with whatever code.',
  look: 'The result of preprocess_map_create.',
  watch: watchFailureReported,
};
