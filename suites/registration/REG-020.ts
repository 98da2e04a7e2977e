/**
 * REG-020, a MUST for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_client_attach_provider
 */
import { CUSTOM_MAP_TYPES } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { type Creation, isEligible, isWellFormed, watchCreations } from '../discovery/creation.ts';

const isNotFound = (result: string): boolean => result === 'EBPF_EXTENSION_FAILED_TO_LOAD';

/** Nothing about the map itself could be a reason to refuse it. */
const isPlain = ({ operation, map_type }: Creation): boolean =>
  operation.key_size === undefined &&
  operation.value_size === undefined &&
  operation.max_entries === undefined &&
  CUSTOM_MAP_TYPES.includes(map_type);

/** REG-020. */
const watchPassesOver: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (creation.unsettled) return;
      const foreign = creation.offers.filter(
        (offer) =>
          isWellFormed(offer) &&
          (offer.map_type !== creation.map_type || offer.base_map_type !== 1),
      );
      if (foreign.length === 0) return;
      say.exercised();
      const asked = creation.attaches.find((one) =>
        foreign.some((offer) => offer.registration === one.registration),
      );
      if (asked) {
        const offer = foreign.find((one) => one.registration === asked.registration)!;
        say.violated(
          asked,
          'a provider of another map type, or with a base map type other than hash, is passed over',
          `${asked.registration} (map type ${offer.map_type}, base ${offer.base_map_type}) ` +
            `was asked to attach for a map of type ${creation.map_type}`,
        );
      }
      const right = creation.offers.find(
        (offer) => isEligible(offer, creation.map_type) && !offer.own,
      );
      if (!right || creation.result === 'EBPF_SUCCESS') return;
      if (creation.attaches.length > 0 || (!isPlain(creation) && !isNotFound(creation.result)))
        return;
      say.violated(
        creation,
        'providers that do not match do not end the search for one that does',
        `the creation was answered with ${creation.result} and ${right.registration} was not asked to attach`,
      );
    },
  });

export const rule: Requirement = {
  id: 'REG-020',
  asks: 'The runtime passes over providers of other map types or with another base map type, and goes on looking.',
  passing:
    'Providers that do not match saw no attach, and the one that matches was found behind them.',
  look: 'ClientAttachProvider: a mismatch refuses this provider only, before it is attached.',
  watch: watchPassesOver,
  owns: ['register'],
};
