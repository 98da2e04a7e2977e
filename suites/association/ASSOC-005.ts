/**
 * ASSOC-005, a MUST NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_custom_map_associate_program (stack variable)
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { associate } from './program-types.ts';

/** ASSOC-005: the program_type pointer is not kept, nor written through. */
const watchTypePointer: Watch = (say) => ({
  'callback-returned': (event) => {
    if (event.callback === associate) say.exercised();
    for (const harm of event.damage) {
      if (harm.buffer !== 'program_type') continue;
      say.violated(
        event,
        'program_type is read during the call and left alone afterwards',
        harm.what === 'kept'
          ? `it was ${harm.how} after ${associate} had returned`
          : `it was ${harm.what}`,
      );
    }
  },
});

export const rule: Requirement = {
  id: 'ASSOC-005',
  asks: 'The program_type pointer is not kept, and not needed after the call.',
  passing: 'What it pointed at was taken away after each call, and nothing used it.',
  look: 'preprocess_associate_program_type: copy the GUID if you need it.',
  watch: watchTypePointer,
};
