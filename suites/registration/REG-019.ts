/**
 * REG-019, a MUST for the runtime.
 * Source: libs/shared/shared_common.c:ebpf_validate_map_provider_data; docs/CustomMaps.md#Provider
 * Dispatch Function Signatures
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { isEligible, watchCreations } from '../discovery/creation.ts';

/** REG-019. */
const watchRefusesMalformed: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      for (const offer of creation.offers) {
        if (offer.problems.length === 0 || offer.changed || creation.unsettled) continue;
        if (offer.map_type !== null && offer.map_type !== creation.map_type) continue;
        say.exercised();
        const expected = `nobody binds to a provider whose structures are malformed (${offer.problems.join(', ')})`;
        const asked = creation.attaches.find((one) => one.registration === offer.registration);
        if (asked) say.violated(asked, expected, `${offer.registration} was asked to attach`);
        else if (creation.bound?.registration === offer.registration) {
          say.violated(
            creation,
            expected,
            `${creation.bound.map} was bound to ${offer.registration}`,
          );
        }
        const noOther = creation.offers.every((one) => !isEligible(one, creation.map_type));
        if (noOther && creation.result === 'EBPF_SUCCESS') {
          say.violated(
            creation,
            'creation fails when the only provider is malformed',
            'it succeeded',
          );
        }
      }
    },
  });

export const rule: Requirement = {
  id: 'REG-019',
  asks: 'The runtime does not bind to a provider whose structures are malformed; the map is not created.',
  passing: 'With each defect registered alone, creation failed and the provider saw no attach.',
  look: 'The validation of provider data in ClientAttachProvider, before NmrClientAttachProvider.',
  watch: watchRefusesMalformed,
};
