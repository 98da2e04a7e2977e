/** The bundled snapshot of the map type enum, as if it had been given with --enum-header. */
import { BPF_MAP_TYPES } from '../abi/map-types.ts';
import type { SubjectContext } from '../check/subject.ts';

export const bundledHeader = (): NonNullable<SubjectContext['enumHeader']> => ({
  file: 'bundled enum',
  ids: Object.fromEntries(BPF_MAP_TYPES.map((name, id) => [name, id])),
});
