/**
 * CRE-005, a SHOULD for the provider.
 * Source: include/ebpf_extension.h:_Outptr_ map_context; docs/CustomMaps.md#Client Data (NULL
 * means 'no provider context')
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { create } from './creations.ts';

/** CRE-005: a success puts out a context that is not NULL. */
const watchContext: Watch = (say) => ({
  'callback-returned': (event) => {
    if (event.callback !== create || event.result !== 'EBPF_SUCCESS') return;
    say.exercised();
    if ((event.context ?? null) !== null) return;
    const how =
      event.wrote_map_context === false
        ? 'left *map_context unwritten'
        : 'wrote NULL to *map_context';
    say.violated(
      event,
      'a map context other than NULL after a successful preprocess_map_create',
      `preprocess_map_create succeeded and ${how}`,
    );
  },
});

export const rule: Requirement = {
  id: 'CRE-005',
  asks: 'A successful preprocess_map_create puts out a map context that is not NULL.',
  passing: 'Every successful create wrote a context other than NULL.',
  look: 'preprocess_map_create: helpers tell your maps from others by this context; without one they cannot.',
  isMustFor: ({ profile }) => profile.helpers.length > 0,
  watch: watchContext,
};
