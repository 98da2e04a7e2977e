/**
 * ENUM-005, a MUST for the provider.
 * Source: include/ebpf_structs.h:bpf_map_type
 */
import { BPF_MAP_TYPE_MAX, LINUX_MAP_TYPES } from '../../harness/abi/map-types.ts';
import type { Condition, Requirement, SubjectContext, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { fullName, idsOf, mapTypeOf, shortName } from './map-type-names.ts';

const linuxIds = new Map(Object.entries(LINUX_MAP_TYPES));

const linuxNameOf = (id: number, known: ReadonlyMap<string, number>): string | undefined =>
  [...linuxIds].find(
    ([name, linuxId]) => linuxId === id && known.has(name) && known.get(name) !== id,
  )?.[0];

/** ENUM-005. */
const watchWindowsId: Watch = (say, trace) => ({
  registered: (event) => {
    const id = mapTypeOf(event);
    if (id === null) return;
    const { subject } = trace;
    const known = idsOf(subject);
    const declared = subject.profile.mapTypeName;
    const expected = 'the number of a map type is taken from the Windows header';
    // With several registrations one declared name says nothing about the others.
    if (declared && id === subject.profile.mapType) {
      const name = fullName(declared);
      say.exercised();
      const windows = known.get(name);
      const linux = linuxIds.get(name);
      if (windows !== undefined && windows !== id) {
        const hint = linux === id ? ', its number on Linux' : '';
        say.violated(
          event,
          expected,
          `${shortName(name)} is ${windows} there and was registered as ${id}${hint}`,
        );
      } else if (windows === undefined && linux === id) {
        say.violated(
          event,
          expected,
          `${shortName(name)} was registered as ${id}, its number on Linux`,
        );
      }
      return;
    }
    const isKnown = [...known.values()].includes(id);
    if (!subject.enumHeader && !isKnown) return;
    say.exercised();
    if (isKnown) return;
    const linux = linuxNameOf(id, known);
    if (linux !== undefined) {
      say.violated(
        event,
        expected,
        `${id} is not in it; Linux uses ${id} for ${shortName(linux)}, which is ${known.get(linux)} on Windows`,
      );
    }
  },
});

/** Whether ENUM-005 has anything to go by. */
const hasWindowsEvidence = ({ profile, enumHeader }: SubjectContext): boolean =>
  Boolean(profile.mapTypeName) || enumHeader !== null || profile.mapType < BPF_MAP_TYPE_MAX;

const isIdKnown: Condition = {
  holds: hasWindowsEvidence,
  otherwise: [
    {
      by: 'data',
      why:
        'the bundled enum does not know the id, no enum header was given, and no name of the map type ' +
        'is declared (mapTypeName)',
    },
  ],
};

export const rule: Requirement = {
  id: 'ENUM-005',
  asks: 'Numbers are those of the Windows header; on Linux the same types have other numbers.',
  passing:
    'The registered id is what the enum gives the declared name (mapTypeName), or is an id of the enum.',
  look: 'Where the number comes from: a Linux header, or a literal copied from one.',
  applies: when(isIdKnown),
  watch: watchWindowsId,
  strength: 'static',
};
