/**
 * ABI-002, a MUST for the provider.
 * Source: include/ebpf_windows.h:EBPF_MAP_PROVIDER_DATA_*, EBPF_BASE_MAP_PROVIDER_*;
 * libs/shared/shared_common.c:supported sizes
 */
import type { Requirement } from '../../harness/index.ts';
import { structuresOf } from '../discovery/structure.ts';
import { watchData } from './registered-data.ts';

/** ABI-002. */
const watchSizes = watchData((say, data, event) => {
  say.exercised();
  const wrong = structuresOf(data)
    .filter(({ header, sizes }) => header && !sizes.includes(header.size))
    .map(
      ({ name, header, sizes }) =>
        `header.size of ${name} is ${header?.size ?? 0}, not ${sizes.join(' or ')}`,
    );
  if (wrong.length === 0) return;
  say.violated(
    event,
    'header.size is the size up to the end of the last member, without padding',
    wrong.join(', '),
  );
});

export const rule: Requirement = {
  id: 'ABI-002',
  asks:
    'header.size is the size without tail padding: 48 for provider data, 25 for ' +
    'properties, 80 (or 72) for the dispatch table.',
  passing: 'The three sizes were read at registration.',
  look: 'Use the _SIZE macros of the header, not sizeof: sizeof of the properties is 32.',
  watch: watchSizes,
  strength: 'static',
};
