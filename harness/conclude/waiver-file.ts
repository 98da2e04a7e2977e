/**
 * Waivers that somebody answers for: YAML by a schema, each with a kind, a fingerprint, an owner,
 * an issue and a last day. They excuse no crash and no hang.
 */
import { parse } from 'yaml';
import { isRequirementId } from '../abi/catalogue.ts';
import { UsageError } from '../errors/errors.ts';
import type { WaivedCause, Waiver, WaiverCondition, WaiverKind } from '../provider/profile.ts';
import { printable } from '../trace/printable.ts';

export const WAIVERS_SCHEMA = 'custom-map-conformance/waivers@1';

const entriesMax = 500;
const textMax = 1_000;

/** Whether the text is a file of this kind, by the member that says so. */
export const isOwnedFile = (text: string): boolean =>
  /^\s*(\{\s*)?"?schema"?\s*:/m.test(text.slice(0, 4_000));

type Fields = Record<string, unknown>;

const fieldsOf = (given: unknown): Fields =>
  typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Fields) : {};

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= textMax;

const oneOf = <T extends string>(value: unknown, names: readonly T[]): value is T =>
  names.some((name) => name === value);

const kinds: readonly WaiverKind[] = ['errata', 'contingency', 'triage'];

const conditions: Readonly<Record<keyof WaiverCondition, readonly string[]>> = {
  revision: ['merged', 'draft'],
  subject: ['in-process', 'native', 'recorded', 'runtime', 'header'],
  setting: ['as-shipped-or-documented', 'robustness'],
};

const conditionOf = (given: unknown, at: string): WaiverCondition => {
  const fields = fieldsOf(given);
  for (const [name, value] of Object.entries(fields)) {
    const known = Object.hasOwn(conditions, name)
      ? conditions[name as keyof WaiverCondition]
      : null;
    if (known === null)
      throw new UsageError(
        `${at}: ${printable(name, 60)} is no condition: ${Object.keys(conditions).join(', ')}`,
      );
    if (!oneOf(value, known))
      throw new UsageError(`${at}: the condition ${name} is one of ${known.join(', ')}`);
  }
  if (Object.keys(fields).length === 0)
    throw new UsageError(`${at}: condition is { ${Object.keys(conditions).join('?, ')}? }`);
  return fields as WaiverCondition;
};

/** The key that the report prints, or the callback and the expectation; never what was seen. */
const fingerprintOf = (given: unknown, at: string): string | WaivedCause => {
  if (typeof given === 'string' && /^c-[0-9a-f]{10}$/.test(given)) return given;
  const { callback, expected, ...rest } = fieldsOf(given);
  const isFit =
    isText(expected) &&
    (callback === undefined || isText(callback)) &&
    Object.keys(rest).length === 0;
  if (!isFit)
    throw new UsageError(
      `${at}: fingerprint is the cause that the report prints, as c-0123456789, or { callback?, expected }`,
    );
  return { expected, ...(callback === undefined ? {} : { callback }) };
};

const isDay = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(value);

const waiverOf = (given: unknown, at: string): Waiver => {
  const { kind, rule, fingerprint, reason, owner, issue, expires, condition, reading, ...rest } =
    fieldsOf(given);
  const [strange] = Object.keys(rest);
  if (strange !== undefined)
    throw new UsageError(`${at}: ${printable(strange, 60)} is no member of a waiver`);
  if (!isText(rule) || !isRequirementId(rule))
    throw new UsageError(
      `${at}: ${printable(String(rule), 60)} is no rule; see mapcert list requirements`,
    );
  if (!oneOf(kind, kinds)) throw new UsageError(`${at}: kind is one of ${kinds.join(', ')}`);
  if (!isText(reason)) throw new UsageError(`${at}: a waiver of ${rule} needs a reason`);
  if (!isText(owner)) throw new UsageError(`${at}: a waiver of ${rule} needs an owner`);
  if (!isText(issue) || !/^https:\/\/\S+$/.test(issue))
    throw new UsageError(`${at}: a waiver of ${rule} needs an issue, an https address`);
  if (!isDay(expires))
    throw new UsageError(`${at}: a waiver of ${rule} needs its last day, as expires: 2027-01-31`);
  if (reading !== undefined && !oneOf(reading, ['as-shipped', 'detach-first'] as const))
    throw new UsageError(`${at}: reading is one of as-shipped, detach-first`);
  return {
    ...{ id: rule, kind, reason, owner, issue, expires },
    cause: fingerprintOf(fingerprint, at),
    ...(reading === undefined ? {} : { reading }),
    ...(condition === undefined ? {} : { condition: conditionOf(condition, at) }),
  };
};

/** Checks the text of such a file; `where` names it in complaints. */
export const checkOwnedWaivers = (text: string, where: string): Waiver[] => {
  let given: unknown;
  try {
    // Days stay text: the core schema knows no dates.
    given = parse(text, { maxAliasCount: 0, schema: 'core' });
  } catch (reason) {
    const [first = ''] = String(reason instanceof Error ? reason.message : reason).split('\n');
    throw new UsageError(`${where} is not YAML: ${printable(first, 120)}`);
  }
  const { schema, waivers, ...rest } = fieldsOf(given);
  if (schema !== WAIVERS_SCHEMA)
    throw new UsageError(`${where}: the member schema must be ${WAIVERS_SCHEMA}`);
  const [strange] = Object.keys(rest);
  if (strange !== undefined)
    throw new UsageError(
      `${where}: ${printable(strange, 60)} is no member; it has schema, waivers`,
    );
  if (!Array.isArray(waivers) || waivers.length > entriesMax)
    throw new UsageError(`${where}: waivers is a list of at most ${entriesMax} entries`);
  return waivers.map((one, index) => waiverOf(one, `${where}, waiver ${index + 1}`));
};
