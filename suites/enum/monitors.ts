/** Monitors of the enum chapter: the number that a provider registers, and the draft's ranges. */
import {
  BPF_MAP_TYPES,
  BPF_MAP_TYPE_MAX,
  CUSTOM_MAP_TYPES,
  DRAFT_FIRST_EXTENSION_MAP_TYPE,
  LINUX_MAP_TYPES,
  NATIVE_MAP_TYPES,
  mapTypeName,
} from '../../harness/abi/map-types.ts';
import type { EventOf, SubjectContext, Watch } from '../../harness/index.ts';
import { isEligible, watchCreations } from '../discovery/creation.ts';

const prefix = 'BPF_MAP_TYPE_';
export const fullName = (name: string): string => (name.startsWith(prefix) ? name : prefix + name);
const shortName = (name: string): string => name.replace(prefix, '');

/** Ids by full name: of the header given, else of the bundled enum. */
const idsOf = (subject: SubjectContext): ReadonlyMap<string, number> =>
  new Map(
    subject.enumHeader
      ? Object.entries(subject.enumHeader.ids).map(([name, id]) => [fullName(name), id] as const)
      : BPF_MAP_TYPES.map((name, id) => [name, id] as const),
  );

const isNativeName = (name: string): boolean => {
  const id = (BPF_MAP_TYPES as readonly string[]).indexOf(name);
  return id === 0 || NATIVE_MAP_TYPES.includes(id);
};

const mapTypeOf = (event: EventOf<'registered'>): number | null =>
  event.inert ? null : (event.facts.data?.map_type ?? null);

/** ENUM-002. */
export const watchRegisteredType: Watch = (say, trace) => ({
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

const linuxIds = new Map(Object.entries(LINUX_MAP_TYPES));
const linuxNameOf = (id: number, known: ReadonlyMap<string, number>): string | undefined =>
  [...linuxIds].find(
    ([name, linuxId]) => linuxId === id && known.has(name) && known.get(name) !== id,
  )?.[0];

/** ENUM-005. */
export const watchWindowsId: Watch = (say, trace) => ({
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
export const hasWindowsEvidence = ({ profile, enumHeader }: SubjectContext): boolean =>
  Boolean(profile.mapTypeName) || enumHeader !== null || profile.mapType < BPF_MAP_TYPE_MAX;

/** ENUM-007. */
export const watchDraftRange: Watch = (say) => ({
  registered: (event) => {
    const id = mapTypeOf(event);
    if (id === null) return;
    say.exercised();
    if (id >= DRAFT_FIRST_EXTENSION_MAP_TYPE) return;
    say.violated(
      event,
      `the map type of an extension is ${DRAFT_FIRST_EXTENSION_MAP_TYPE} or above`,
      `${event.registration} registers ${mapTypeName(id)} (${id})`,
    );
  },
});

/** ENUM-009. */
export const watchDraftLookup: Watch = (say, trace) =>
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

/** Ids of custom types in the bundled enum; for scenarios. */
export const bundledCustom: readonly number[] = CUSTOM_MAP_TYPES;
