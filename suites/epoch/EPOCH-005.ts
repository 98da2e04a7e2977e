/**
 * EPOCH-005, a MAY for the provider.
 * Source: include/ebpf_extension.h:_In_opt_
 */
import type { Requirement } from '../../harness/index.ts';

export const rule: Requirement = {
  id: 'EPOCH-005',
  asks: 'NULL may be passed to epoch_free and epoch_free_cache_aligned.',
  passing: 'A permission: the runtime takes NULL without a word.',
  look: 'Nothing: this cannot fail.',
  watch: () => ({}),
};
