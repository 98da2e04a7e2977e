/**
 * DUP-002, a SHOULD for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_client_attach_provider
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { isEligible, watchCreations } from '../discovery/creation.ts';

/** DUP-002. */
const watchFirstProvider: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      const candidates = creation.offers.filter((offer) => isEligible(offer, creation.map_type));
      if (candidates.length < 2 || creation.unsettled || creation.result !== 'EBPF_SUCCESS') return;
      say.exercised();
      const accepted = creation.attaches.filter((attach) => attach.status === 'STATUS_SUCCESS');
      const owner = creation.bound?.registration;
      if (accepted.length > 1) {
        say.violated(
          accepted[1]!,
          'a map instance is bound to at most one provider',
          `${accepted.map((attach) => attach.registration).join(' and ')} were both attached for one map`,
        );
      } else if (accepted[0] && owner !== undefined && accepted[0].registration !== owner) {
        say.violated(
          creation,
          'a map instance is bound to the first provider that attaches successfully',
          `${accepted[0].registration} attached and the map went to ${owner}`,
        );
      }
      const asked = new Set(creation.creates.map((one) => one.registration));
      if (asked.size > 1) {
        say.violated(
          creation,
          'one provider gets preprocess_map_create for a map instance',
          `${[...asked].join(' and ')} got it`,
        );
      }
    },
  });

export const rule: Requirement = {
  id: 'DUP-002',
  asks: 'A map instance is bound to at most one provider, the first that attaches successfully.',
  passing:
    'With two providers for one type, exactly one was attached and got preprocess_map_create.',
  look: 'ClientAttachProvider: once bound, it refuses every further provider before attaching it.',
  watch: watchFirstProvider,
};
