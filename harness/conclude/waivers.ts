/**
 * Waivers as they are written: violations a vendor accepts for a time, each one cause of one rule.
 */
import { isRequirementId } from '../abi/catalogue.ts';
import { UsageError } from '../errors/errors.ts';
import { readText } from '../trace/text-file.ts';
import type { Waiver, WaivedCause } from '../provider/profile.ts';
import { checkOwnedWaivers, isOwnedFile, WAIVERS_SCHEMA } from './waiver-file.ts';

const wordsOf = (text: string): string => JSON.stringify(text.slice(0, 60));

const members = ['id', 'reason', 'expires', 'reading', 'cause'];
const kinds = ['violated', 'warned', 'crash', 'hang'];
const readings = ['as-shipped', 'detach-first'];

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 1_000;

const strangeMember = (value: object, known: readonly string[]): string | undefined =>
  Object.keys(value).find((member) => !known.includes(member));

const causeOf = (given: unknown, at: string): string | WaivedCause => {
  if (typeof given === 'string') {
    if (/^c-[0-9a-f]{10}$/.test(given)) return given;
    throw new UsageError(
      `${at}: ${wordsOf(given)} is no cause: write the key that the report prints, as c-0123456789`,
    );
  }
  const parts = (typeof given === 'object' && given !== null ? given : {}) as WaivedCause;
  const { kind, callback, expected } = parts;
  const isFit =
    Object.keys(parts).length > 0 &&
    strangeMember(parts, ['kind', 'callback', 'expected']) === undefined &&
    (kind === undefined || kinds.includes(kind)) &&
    (callback === undefined || isText(callback)) &&
    (expected === undefined || isText(expected));
  if (isFit) return parts;
  throw new UsageError(
    `${at}: cause is a key that the report prints, or { kind?, callback?, expected? }, kind one of ${kinds.join(', ')}`,
  );
};

const waiverOf = (given: unknown, at: string): Waiver => {
  const fields = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown
  >;
  const { id, reason, expires, reading, cause } = fields;
  if (typeof id !== 'string' || !isRequirementId(id)) {
    throw new UsageError(`${at}: ${wordsOf(String(id))} is no rule; see mapcert list requirements`);
  }
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new UsageError(`${at}: a waiver of ${id} needs a reason`);
  }
  // A word misspelt would leave a waiver that excuses more than was meant.
  const strange = strangeMember(fields, members);
  if (strange !== undefined) {
    throw new UsageError(
      `${at}: ${wordsOf(strange)} is no member of a waiver: ${members.join(', ')}`,
    );
  }
  if (
    expires !== undefined &&
    (typeof expires !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(expires))
  ) {
    throw new UsageError(`${at}: expires is a day as 2027-01-31`);
  }
  if (reading !== undefined && !readings.includes(reading as string)) {
    throw new UsageError(`${at}: reading is one of ${readings.join(', ')}`);
  }
  return {
    id,
    reason,
    ...(expires === undefined ? {} : { expires }),
    ...(reading === undefined ? {} : { reading: reading as NonNullable<Waiver['reading']> }),
    ...(cause === undefined ? {} : { cause: causeOf(cause, at) }),
  };
};

/** Checks a list of waivers; `where` names it in complaints. */
export const checkWaivers = (given: unknown, where: string): Waiver[] => {
  if (!Array.isArray(given)) {
    throw new UsageError(
      `${where}: a list of { id, reason, expires?, reading?, cause? } is expected`,
    );
  }
  return given.map((one: unknown, index) => waiverOf(one, `${where}, waiver ${index + 1}`));
};

/**
 * Reads a waiver file: a JSON list, or YAML with owners and issues (waiver-file.ts), told by what
 * stands in it.
 */
export const readWaivers = (file: string): Waiver[] => {
  let text: string;
  try {
    text = readText(file);
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    throw new UsageError(`the waiver file ${file} cannot be read`);
  }
  const where = `the waiver file ${file}`;
  if (isOwnedFile(text)) return checkOwnedWaivers(text, where);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new UsageError(
      `${where} is not JSON, and no YAML with the member schema: ${WAIVERS_SCHEMA}`,
    );
  }
  return checkWaivers(given, where);
};
