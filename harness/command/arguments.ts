/**
 * Words of the command line turned into values. What cannot be read is a UsageError of one
 * sentence.
 */
import { didYouMean } from './nearest.ts';
import { UsageError } from '../errors/errors.ts';
import type { DialectName } from '../trace/plan.ts';
import { printable } from '../trace/printable.ts';

/** Largest seed: 32 bits without sign. */
export const SEED_MAX = 0xffff_ffff;
export const JOBS_MAX = 64;
export const SHARDS_MAX = 1_000;
export const RUNS_MAX = 10_000_000;

const quoted = (text: string): string => `'${printable(text, 100)}'`;

/** A whole number within bounds, for the option that is named. */
export const wholeNumber =
  (option: string, min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(`${option} ${quoted(text)} is no whole number from ${min} to ${max}`);
  };

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A time in milliseconds: `500ms`, `60s`, `2m`, `1h`; a bare number is seconds. */
export const duration =
  (option: string) =>
  (text: string): number => {
    const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text);
    const value = found ? Math.round(Number(found[1]) * (UNIT_MS[found[2] ?? 's'] ?? 0)) : 0;
    if (value > 0 && value <= 0x7fff_ffff) return value;
    throw new UsageError(`${option} ${quoted(text)} is no time such as 500ms, 60s or 2m`);
  };

/** A day as 2027-01-31, one that the calendar has. */
export const dayOf =
  (option: string) =>
  (text: string): string => {
    const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
    throw new UsageError(`${option} ${quoted(text)} is no day such as 2027-01-31`);
  };

/** By which day waivers expire: reports of another day can be made again. */
export const todayOption = [
  '--today <day>',
  'day by which waivers expire, as 2027-01-31 (default: $MAPCERT_TODAY, or today)',
  dayOf('--today'),
] as const;

/** `i/n`, from 1. */
export const shardOf = (text: string): { index: number; of: number } => {
  const found = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const [index, of] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  if (index >= 1 && index <= of && of <= SHARDS_MAX) return { index, of };
  throw new UsageError(`--shard ${quoted(text)} is no i/n with 1 <= i <= n <= ${SHARDS_MAX}`);
};

export const DIALECTS = [
  'as-documented',
  'as-shipped',
  'detach-first',
] as const satisfies readonly DialectName[];

/** The dialects to run: `as-documented` decides and is always among them, first. */
export const dialectsOf = (names: readonly string[] | undefined): DialectName[] => {
  const unknown = names?.find((name) => !(DIALECTS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--dialect ${quoted(unknown)} is none of ${DIALECTS.join(', ')}${didYouMean(unknown, DIALECTS)}`,
    );
  }
  return DIALECTS.filter(
    (name) => name === 'as-documented' || names === undefined || names.includes(name),
  );
};

/** Collects a repeated option whose values may be lists with commas. */
export const collect = (text: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  ...text.split(',').filter((part) => part !== ''),
];

/**
 * `--suite a b subject.ts`: an option that takes several words swallows the subject after it. A
 * word that cannot be a value of the option and looks like a file is given back.
 */
export const giveBackSubject = (
  subject: string | undefined,
  lists: readonly (readonly string[] | undefined)[],
): { subject: string | undefined; lists: (string[] | undefined)[] } => {
  const all = lists.map((list) => (list === undefined ? undefined : [...list]));
  if (subject !== undefined) return { subject, lists: all };
  for (const list of all) {
    const last = list?.at(-1);
    if (list !== undefined && last !== undefined && looksLikeFile(last)) {
      return { subject: list.splice(-1)[0], lists: all };
    }
  }
  return { subject, lists: all };
};

// Ids, globs, chapters, formats and dialects hold neither dots nor slashes; FORMAT=FILE holds `=`.
const looksLikeFile = (word: string): boolean => /[./\\]/.test(word) && !word.includes('=');
