/** HELP and CTX: BPF programs on custom maps, the provider's helpers, and the offset they go by. */
import type { Condition } from '../../harness/index.ts';

export const hasHelpers: Condition = {
  holds: ({ profile }) => profile.helpers.length > 0,
  otherwise: [{ by: 'occasion', on: 'helpers', why: 'the profile declares no helpers' }],
};
