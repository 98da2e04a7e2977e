/**
 * ENUM-009, a MUST for the runtime.
 * Source: PR #4882 discussion (draft)
 */
import { BPF_MAP_TYPE_MAX, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { isEligible, watchCreations } from '../discovery/creation.ts';
import { isDraft } from './conditions.ts';

/** ENUM-009. */
const watchDraftLookup: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (trace.conditions.revision !== 'draft' || creation.unsettled) return;
      const { map_type } = creation;
      const right = creation.offers.find((offer) => isEligible(offer, map_type));
      if (map_type >= DRAFT_FIRST_EXTENSION_MAP_TYPE) {
        if (!right || right.own) return;
        say.exercised();
        if (creation.attaches.some((attach) => attach.registration === right.registration)) return;
        say.violated(
          creation,
          `map type ${map_type} is looked up among the map providers`,
          `${right.registration} was not asked to attach`,
        );
        return;
      }
      const unused = map_type >= BPF_MAP_TYPE_MAX;
      if (!unused || !creation.offers.some((offer) => offer.map_type === map_type)) return;
      say.exercised();
      const [asked] = creation.attaches;
      const expected =
        `map type ${map_type}, below ${DRAFT_FIRST_EXTENSION_MAP_TYPE}, ` +
        'is never looked up among the map providers';
      if (asked) say.violated(asked, expected, `${asked.registration} was asked to attach`);
      if (creation.result === 'EBPF_SUCCESS')
        say.violated(creation, expected, 'the creation succeeded');
    },
  });

export const rule: Requirement = {
  id: 'ENUM-009',
  asks: 'Draft revision: ids of 4096 and above are looked up among the map providers, lower ones never.',
  passing: 'A provider for such an id was attached; one for an unused lower id was not.',
  look: 'The range check in map creation.',
  applies: when(isDraft),
  watch: watchDraftLookup,
};
