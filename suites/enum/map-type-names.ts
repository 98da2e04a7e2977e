/** Map types by name and number. */
import { BPF_MAP_TYPES } from '../../harness/abi/map-types.ts';
import type { EventOf, SubjectContext } from '../../harness/index.ts';

export const prefix = 'BPF_MAP_TYPE_';
export const fullName = (name: string): string => (name.startsWith(prefix) ? name : prefix + name);
export const shortName = (name: string): string => name.replace(prefix, '');

/** Ids by full name: of the header given, else of the bundled enum. */
export const idsOf = (subject: SubjectContext): ReadonlyMap<string, number> =>
  new Map(
    subject.enumHeader
      ? Object.entries(subject.enumHeader.ids).map(([name, id]) => [fullName(name), id] as const)
      : BPF_MAP_TYPES.map((name, id) => [name, id] as const),
  );

export const mapTypeOf = (event: EventOf<'registered'>): number | null =>
  event.inert ? null : (event.facts.data?.map_type ?? null);
