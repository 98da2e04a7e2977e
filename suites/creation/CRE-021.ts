/**
 * CRE-021, a MAY for the provider.
 * Source: xdp ebpfcpumap.c; include/ebpf_extension.h:
 */
import type { Requirement, Reporter, Watch } from '../../harness/index.ts';
import { create } from './creations.ts';

/** CRE-021: limits of the provider's own are its right; only that creations were tried is noted. */
const watchOwnLimits: Watch = (say: Reporter) => ({
  'callback-returned': (event) => {
    if (event.callback === create) say.exercised();
  },
});

export const rule: Requirement = {
  id: 'CRE-021',
  asks: 'A provider may limit max_entries or the range of keys itself.',
  passing: 'Such limits are taken as they are.',
  look: 'Nothing: this is a permission.',
  watch: watchOwnLimits,
};
