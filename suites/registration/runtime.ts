/** Monitors of the runtime's part: whom it refuses to bind to (REG-019), whom it passes over (REG-020). */
import { CUSTOM_MAP_TYPES } from '../../harness/abi/map-types.ts';
import type { Watch } from '../../harness/index.ts';
import { isEligible, isWellFormed, watchCreations, type Creation } from '../discovery/creation.ts';

/** REG-019. */
export const watchRefusesMalformed: Watch = (say, trace) =>
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

const isNotFound = (result: string): boolean => result === 'EBPF_EXTENSION_FAILED_TO_LOAD';

/** Nothing about the map itself could be a reason to refuse it. */
const isPlain = ({ operation, map_type }: Creation): boolean =>
  operation.key_size === undefined &&
  operation.value_size === undefined &&
  operation.max_entries === undefined &&
  CUSTOM_MAP_TYPES.includes(map_type);

/** REG-020. */
export const watchPassesOver: Watch = (say, trace) =>
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
