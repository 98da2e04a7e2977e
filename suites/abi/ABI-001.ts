/**
 * ABI-001, a MUST for the provider.
 * Source: include/ebpf_windows.h:*_CURRENT_VERSION; include/ebpf_extension.h:
 */
import type { Requirement } from '../../harness/index.ts';
import { structuresOf } from '../discovery/structure.ts';
import { watchData } from './registered-data.ts';

/** ABI-001. */
const watchVersions = watchData((say, data, event) => {
  say.exercised();
  const wrong = structuresOf(data)
    .filter(({ header }) => header?.version !== 1)
    .map(({ name, header }) =>
      header ? `${name} carries version ${header.version}` : `${name} has no header`,
    );
  if (wrong.length === 0) return;
  say.violated(
    event,
    'every versioned structure starts with a header of version 1',
    wrong.join(', '),
  );
});

export const rule: Requirement = {
  id: 'ABI-001',
  asks: 'Every versioned structure starts with ebpf_extension_header_t and carries version 1.',
  passing: 'The headers of provider data, properties and dispatch table were read at registration.',
  look: 'The initialisers of the headers; a zeroed header has version 0.',
  watch: watchVersions,
  strength: 'static',
};
