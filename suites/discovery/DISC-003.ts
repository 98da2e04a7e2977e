/**
 * DISC-003, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Type Registration;
 * libs/execution_context/ebpf_maps.c:_ebpf_map_type_is_valid;
 * end_to_end.cpp:custom_maps_invalid_map_type
 */
import { NATIVE_MAP_TYPES } from '../../harness/abi/map-types.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { watchCreations } from './creation.ts';
import { SUCCESS, isRegisteredCustom } from './missing-providers.ts';

/** DISC-003: an id outside the enum is no map type, whoever registers for it. */
const watchUnregisteredType: Watch = (say, trace) => {
  const { profile, kind } = trace.subject;
  const isOwn = (map_type: number): boolean => kind !== 'runtime' && map_type === profile.mapType;
  return watchCreations(trace, {
    ended: (creation) => {
      const { map_type } = creation;
      if (
        trace.subject.revision === 'draft' ||
        map_type === 0 ||
        NATIVE_MAP_TYPES.includes(map_type)
      )
        return;
      // A subject whose own id is not registered yet is tried all the same; that is the harness's
      // doing.
      if (isRegisteredCustom(map_type, trace.subject) || isOwn(map_type)) return;
      if (!creation.offers.some((offer) => offer.map_type === map_type)) return;
      say.exercised();
      const expected = `creation of map type ${map_type}, which is not in the enum, fails and asks nobody`;
      if (creation.result === SUCCESS) say.violated(creation, expected, 'it succeeded');
      const [asked] = creation.attaches;
      if (asked) say.violated(asked, expected, `${asked.registration} was asked to attach`);
    },
  });
};

export const rule: Requirement = {
  id: 'DISC-003',
  asks:
    'A map type that is not in the enum cannot be created, even when a provider ' +
    'registered for the number; nobody is attached.',
  passing:
    'With a provider registered for an id outside the enum, creation failed and the provider saw no attach.',
  look: 'The check of the map type against BPF_MAP_TYPE_MAX, which comes before discovery.',
  watch: watchUnregisteredType,
};
