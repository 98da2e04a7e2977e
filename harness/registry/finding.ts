/** What the registry's rules say about a header: findings, and the rules that they belong to. */
import type { MapTypeEntry, MapTypeEnum, Place } from './header.ts';
import { MAP_TYPE_PREFIX, word } from './header.ts';
import type { KnownMapType } from './snapshot.ts';

export type Revision = 'merged' | 'draft';

export type RegistryRule =
  | 'ENUM-001'
  | 'ENUM-002'
  | 'ENUM-003'
  | 'ENUM-004'
  | 'ENUM-005'
  | 'ENUM-006'
  | 'ENUM-007'
  | 'ENUM-008'
  | 'DUP-004';

export type FindingVerdict = 'fail' | 'warn' | 'info';

/** One thing that a rule says about one place. */
export type Finding = Place & {
  readonly rule: RegistryRule;
  readonly verdict: FindingVerdict;
  readonly message: string;
  readonly file: string;
};

/** What the user says of a provider with `--type`: a name, an id, or both. */
export type TypeClaim = { readonly name: string | null; readonly id: number | null };

/** The registration to compare with: an older header, or the bundled registry. */
export type BaseRegistry = {
  readonly label: string;
  readonly kind: 'header' | 'bundled';
  readonly types: readonly Pick<KnownMapType, 'name' | 'id'>[];
};

/** Everything that is judged at once. */
export type RegistryInput = {
  readonly header: MapTypeEnum;
  readonly base: BaseRegistry;
  readonly others: readonly MapTypeEnum[];
  readonly claims: readonly TypeClaim[];
  readonly revision: Revision;
};

/** A finding at a place of a header. */
export const finding = (
  rule: RegistryRule,
  verdict: FindingVerdict,
  { file }: Pick<MapTypeEnum, 'file'>,
  { line, column }: Place,
  message: string,
): Finding => ({ rule, verdict, message, file, line, column });

/** An entry for a message: its name, escaped, and its id. */
export const label = ({ name, value }: Pick<MapTypeEntry, 'name' | 'value'>): string =>
  `${word(name)} (${value})`;

/** The lowest id from 1 that no entry of these headers has. */
export function nextFreeId(headers: readonly MapTypeEnum[]): number {
  const taken = new Set(headers.flatMap(({ entries }) => entries.map(({ value }) => value)));
  let id = 1;
  while (taken.has(id)) id += 1;
  return id;
}

/** True for a name that starts as map types do. */
export const isMapTypeSpelled = (name: string): boolean => name.startsWith(MAP_TYPE_PREFIX);
