/**
 * ABI-013, a MUST for the runtime.
 * Source: docs/eBpfExtensions.md#2.2.1 option 1;
 * libs/shared/shared_common.c:_ebpf_validate_extension_object_header
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { watchCreations } from '../discovery/creation.ts';
import { headerProblems } from '../discovery/structure.ts';

/** ABI-013. */
const watchUnknownLayouts: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      for (const offer of creation.offers) {
        const problems = offer.facts.data ? headerProblems(offer.facts.data) : [];
        if (problems.length === 0 || offer.changed || offer.map_type !== creation.map_type)
          continue;
        say.exercised();
        if (creation.bound?.registration !== offer.registration) continue;
        say.violated(
          creation,
          `a provider of an unknown layout is refused (${problems.join(', ')})`,
          `${creation.bound.map} was bound to ${offer.registration}`,
        );
      }
    },
  });

export const rule: Requirement = {
  id: 'ABI-013',
  asks: 'The runtime refuses unknown versions and sizes instead of binding partially.',
  passing: 'Providers with version 2, and with sizes of no published header, were not bound.',
  look: 'The validation of headers: a size that is not known is refused, a larger one too.',
  watch: watchUnknownLayouts,
};
