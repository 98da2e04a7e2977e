/**
 * CRE-013, a MUST NOT for the provider.
 * Source: include/ebpf_extension.h:ebpf_preprocess_map_create_t
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { create } from './creations.ts';

/** CRE-013: the two out parameters are written within their bounds and while the call lasts. */
const watchOutParameters: Watch = (say) => ({
  'callback-returned': (event) => {
    if (event.callback === create) say.exercised();
    for (const harm of event.damage) {
      if (harm.buffer !== 'actual_value_size' && harm.buffer !== 'map_context') continue;
      const bytes = harm.buffer === 'actual_value_size' ? 4 : 8;
      say.violated(
        event,
        `${harm.buffer} of preprocess_map_create is written within its ${bytes} bytes and only ` +
          `before the call returns`,
        harm.what === 'kept'
          ? `${harm.buffer} was ${harm.how} after preprocess_map_create had returned`
          : `memory beyond the ${bytes} bytes of ${harm.buffer} was written`,
      );
    }
  },
});

export const rule: Requirement = {
  id: 'CRE-013',
  asks: 'Only 4 bytes at actual_value_size and 8 at map_context are written, and only during the call.',
  passing:
    'The surroundings of both were intact after every create, and nothing was written there later.',
  look: 'preprocess_map_create: is the address of an out parameter stored, or cast to a wider type?',
  watch: watchOutParameters,
};
