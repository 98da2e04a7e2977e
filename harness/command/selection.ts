/**
 * From ids, globs and chapter names to the rules they mean; a name that means nothing is an error.
 */
import picomatch from 'picomatch';
import { CATALOGUE } from '../abi/catalogue.ts';
import { UsageError } from '../errors/errors.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { printable } from '../trace/printable.ts';
import { didYouMean } from './nearest.ts';

/** Ids that the ids and globs match, in catalogue order; null when nothing was asked. */
export const selectedIds = (patterns: readonly string[] | undefined): string[] | null => {
  if (patterns === undefined) return null;
  if (patterns.length === 0) throw new UsageError('--only needs an id or a glob such as CRUD-*');
  const matchers = patterns.map((pattern) => picomatch(pattern, { nocase: true }));
  matchers.forEach((matches, index) => {
    if (CATALOGUE.some(({ id }) => matches(id))) return;
    throw new UsageError(
      `--only ${printable(patterns[index] ?? '', 100)} matches no rule${didYouMean(
        patterns[index] ?? '',
        CATALOGUE.map(({ id }) => id),
      )}; \`mapcert list requirements\` has the ids`,
    );
  });
  return CATALOGUE.map(({ id }) => id).filter((id) => matchers.some((matches) => matches(id)));
};

/** The chapters by name, in their own order; null when nothing was asked. */
export const selectedSuites = (
  names: readonly string[] | undefined,
  chapters: readonly Chapter[],
): string[] | null => {
  if (names === undefined) return null;
  const known = chapters.map(({ name }) => name);
  if (names.length === 0) throw new UsageError('--suite needs the name of a chapter');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--suite ${printable(unknown, 100)} is no chapter${didYouMean(unknown, known)}; \`mapcert list suites\` has the names`,
    );
  }
  return known.filter((name) => names.includes(name));
};
