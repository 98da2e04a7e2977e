/** mapcert.config.{ts,mjs,js,json}: found, read, and every key checked before anything runs. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { isGuid } from '../abi/guid.ts';
import { importDefault } from '../adapters/load-subject.ts';
import { UsageError } from '../errors/errors.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { printable } from '../trace/printable.ts';
import { readText } from '../trace/text-file.ts';
import { fromHex } from '../trace/recorder.ts';

const endings = ['ts', 'mjs', 'js', 'json'];

type Rule = { expects: string; fits: (value: unknown) => boolean };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 0xffff_ffff;
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isListOf =
  (fits: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(fits);
const isOneOf =
  (...names: readonly unknown[]) =>
  (value: unknown): boolean =>
    names.includes(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isBytes = (value: unknown): boolean =>
  value instanceof Uint8Array ||
  (typeof value === 'string' && /^([0-9a-fA-F]{2})*$/.test(value) && value.length <= 8192);
const isGuidText = (value: unknown): boolean =>
  typeof value === 'string' && isGuid(value.toLowerCase());
const hasOnly = (value: unknown, rules: Record<string, (value: unknown) => boolean>): boolean =>
  isObject(value) && Object.entries(value).every(([key, held]) => rules[key]?.(held) ?? false);

const roles = ['map', 'key', 'destination', 'size', 'flags', 'zero'];
const isHelper = (value: unknown): boolean =>
  hasOnly(value, { id: isCount, arguments: isListOf(isOneOf(...roles)) }) &&
  isObject(value) &&
  'id' in value &&
  'arguments' in value;
const isCause = (value: unknown): boolean =>
  isText(value) ||
  (hasOnly(value, {
    kind: isOneOf('violated', 'warned', 'crash', 'hang'),
    callback: isText,
    expected: isText,
  }) &&
    Object.keys(value as object).length > 0);
const isWaiver = (value: unknown): boolean =>
  hasOnly(value, {
    ...{ id: isText, reason: isText, expires: isText },
    reading: isOneOf('as-shipped', 'detach-first'),
    cause: isCause,
  }) &&
  isObject(value) &&
  'id' in value &&
  'reason' in value;

const sizes: Rule = { expects: 'a list of sizes in bytes', fits: isListOf(isCount) };
const truth: Rule = { expects: 'true or false', fits: (value) => typeof value === 'boolean' };

/** Every key a profile may have, in the order of its documentation. */
const rules: Readonly<Record<keyof DeclaredProfile, Rule>> = {
  keySizes: sizes,
  valueSizes: sizes,
  maxEntries: {
    expects: '{ min, max }',
    fits: (value) => hasOnly(value, { min: isCount, max: isCount }),
  },
  actualValueSize: {
    expects: 'a size in bytes or (valueSize) => size',
    fits: (value) => isCount(value) || isFunction(value),
  },
  keys: {
    expects: '(keySize, index) => Uint8Array, or "below-max-entries"',
    fits: (value) => isFunction(value) || value === 'below-max-entries',
  },
  values: { expects: '(valueSize, index) => Uint8Array', fits: isFunction },
  invalidValues: {
    expects: 'a list of Uint8Array, or of hex text in JSON',
    fits: isListOf(isBytes),
  },
  duplicatesAllowed: truth,
  valueRelation: {
    expects: '"identity", "opaque" or (value) => value',
    fits: (value) => isOneOf('identity', 'opaque')(value) || isFunction(value),
  },
  userLookup: { expects: '"supported" or the name of a result', fits: isText },
  userUpdate: { expects: '"supported" or the name of a result', fits: isText },
  deleteMayReject: truth,
  programTypes: {
    expects: '{ accept, reject? }, lists of GUIDs',
    fits: (value) =>
      hasOnly(value, { accept: isListOf(isGuidText), reject: isListOf(isGuidText) }) &&
      isObject(value) &&
      'accept' in value,
  },
  restartable: truth,
  reclamation: {
    expects: '"immediate", "epoch" or "deferred"',
    fits: isOneOf('immediate', 'epoch', 'deferred'),
  },
  maxMaps: { expects: 'a number of maps', fits: isCount },
  helpers: {
    expects: `a list of { id, arguments }, arguments out of ${roles.join(', ')}`,
    fits: isListOf(isHelper),
  },
  mapTypeName: { expects: 'the C name of the map type', fits: isText },
  strictness: {
    expects: '"document", "as-shipped" or "fuzz"',
    fits: isOneOf('document', 'as-shipped', 'fuzz'),
  },
  waivers: {
    expects: 'a list of { id, reason, expires?, reading?, cause? }',
    fits: isListOf(isWaiver),
  },
};

const keyNames = Object.keys(rules) as (keyof DeclaredProfile)[];

/** Insertions, deletions and replacements from one word to the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = from[i - 1]!.toLowerCase() === to[j - 1]!.toLowerCase() ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[to.length]!;
};

const nearestKey = (word: string): string =>
  [...keyNames].sort((a, b) => distance(word, a) - distance(word, b))[0]!;

const show = (value: unknown): string => {
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
  return printable(text, 60);
};

/** The profile, every key checked. `where` names the place in messages. Throws UsageError. */
export const checkDeclared = (found: unknown, where: string): DeclaredProfile => {
  if (!isObject(found)) {
    throw new UsageError(`${where} must be an object of profile keys, not ${show(found)}.`);
  }
  for (const [key, value] of Object.entries(found)) {
    const rule = (rules as Record<string, Rule | undefined>)[key];
    if (!rule) {
      throw new UsageError(
        `Unknown key "${printable(key, 60)}" in ${where}: did you mean "${nearestKey(key)}"?`,
      );
    }
    if (value !== undefined && !rule.fits(value)) {
      throw new UsageError(`"${key}" in ${where} is ${show(value)}: expected ${rule.expects}.`);
    }
  }
  const declared = { ...found } as DeclaredProfile;
  if (declared.invalidValues) {
    declared.invalidValues = declared.invalidValues.map((value) =>
      typeof value === 'string' ? fromHex(value) : value,
    );
  }
  return declared;
};

/** The configuration file next to a subject; null when there is none. */
export const findConfig = (subject: string): string | null => {
  const folder = path.dirname(subject);
  const names = endings.map((ending) => path.join(folder, `mapcert.config.${ending}`));
  return names.find((name) => existsSync(name)) ?? null;
};

/**
 * Reads the named file, or the one next to the subject; null when there is none. Throws UsageError.
 */
export const loadConfig = async (
  named: string | null,
  subject: string,
): Promise<DeclaredProfile | null> => {
  const file = named ?? findConfig(subject);
  if (file === null) return null;
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`There is no configuration file "${file}": check --config.`);
  }
  const where = `"${path.basename(file)}"`;
  return checkDeclared(await readConfig(file, where), where);
};

/** `$schema` is for editors. */
const withoutSchema = (found: unknown): unknown => {
  if (!isObject(found)) return found;
  const { $schema: _, ...rest } = found;
  return rest;
};

const readConfig = async (file: string, where: string): Promise<unknown> => {
  try {
    const text = readText(file, where);
    if (file.endsWith('.json')) return withoutSchema(JSON.parse(text) as unknown);
    const config = await importDefault(file, { fresh: false });
    if (config !== undefined) return config;
  } catch (reason) {
    if (reason instanceof UsageError) throw reason;
    const text = reason instanceof Error ? reason.message.split('\n', 1)[0]! : String(reason);
    throw new UsageError(`${where} could not be read: ${printable(text, 300)}`);
  }
  throw new UsageError(`${where} has no default export: export the profile with defineConfig.`);
};

/** Members that are data, and the names of those that are functions and stay where they are. */
export const splitDeclared = (
  declared: DeclaredProfile | null,
): { data: DeclaredProfile | null; functions: string[] } => {
  if (!declared) return { data: null, functions: [] };
  const entries = Object.entries(declared);
  return {
    data: Object.fromEntries(entries.filter(([, value]) => !isFunction(value))),
    functions: entries.filter(([, value]) => isFunction(value)).map(([key]) => key),
  };
};
