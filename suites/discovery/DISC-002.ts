/**
 * DISC-002, a SHOULD for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_create
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { watchCreations } from './creation.ts';
import { SUCCESS, isRegisteredCustom, nobodyFor } from './missing-providers.ts';

/** DISC-002: the missing provider has a result of its own. */
const watchMissingProviderResult: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (!nobodyFor(creation) || creation.result === SUCCESS) return;
      if (!isRegisteredCustom(creation.map_type, trace.subject)) return;
      say.exercised();
      if (creation.result === 'EBPF_EXTENSION_FAILED_TO_LOAD') return;
      say.violated(
        creation,
        'a missing provider is answered with EBPF_EXTENSION_FAILED_TO_LOAD',
        `the creation was answered with ${creation.result}`,
      );
    },
  });

export const rule: Requirement = {
  id: 'DISC-002',
  asks: 'The missing provider is reported as EBPF_EXTENSION_FAILED_TO_LOAD.',
  passing: 'Every creation that failed for want of a provider was answered with that result.',
  look: 'The error path of provider discovery: which result leaves it when nobody attached?',
  watch: watchMissingProviderResult,
};
