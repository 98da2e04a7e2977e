/**
 * ENUM-002, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Type Registration; docs/eBpfExtensions.md#Map Type; PR #4882
 * discussion
 */
import { BPF_MAP_TYPES, BPF_MAP_TYPE_MAX, NATIVE_MAP_TYPES } from '../../harness/abi/map-types.ts';
import type { Condition, Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { idsOf, mapTypeOf, prefix, shortName } from './map-type-names.ts';

const isNativeName = (name: string): boolean => {
  const id = (BPF_MAP_TYPES as readonly string[]).indexOf(name);
  return id === 0 || NATIVE_MAP_TYPES.includes(id);
};

/** ENUM-002. */
const watchRegisteredType: Watch = (say, trace) => ({
  registered: (event) => {
    const id = mapTypeOf(event);
    if (id === null) return;
    say.exercised();
    const { subject } = trace;
    const expected = 'map_type is in the enum of map types, as a type that extensions implement';
    const name = [...idsOf(subject)].find(
      ([key, value]) => value === id && key !== `${prefix}MAX`,
    )?.[0];
    if (name !== undefined) {
      if (isNativeName(name)) {
        say.violated(
          event,
          expected,
          `${event.registration} registers ${shortName(name)} (${id}), which the runtime implements itself`,
        );
      }
    } else if (subject.enumHeader) {
      say.violated(
        event,
        expected,
        `${event.registration} registers map type ${id}, which is not in ${subject.enumHeader.file}`,
      );
    } else if (id >= BPF_MAP_TYPE_MAX) {
      say.warned(
        event,
        expected,
        `${event.registration} registers map type ${id}, which the bundled enum (up to ${BPF_MAP_TYPE_MAX - 1}) ` +
          'does not know; --enum-header names a newer one',
      );
    }
  },
});

const isMerged: Condition = {
  holds: ({ revision }) => revision === 'merged',
  otherwise: [{ by: 'contract', why: 'the draft revision only recommends it' }],
};

export const rule: Requirement = {
  id: 'ENUM-002',
  asks:
    'The map_type of a provider is registered in the enum, by pull request, before use, ' +
    'and is not one of the runtime’s own.',
  passing:
    'The registered id is a custom type of the enum: of --enum-header where one was ' +
    'given, else of the bundled enum.',
  look:
    'map_type in the provider data, and the pull request that adds it to bpf_map_type. A ' +
    'waiver covers the time before it is merged.',
  applies: when(isMerged),
  watch: watchRegisteredType,
  strength: 'static',
};
