/**
 * The rules of a subject that something can be seen to break: each must have a subject that does.
 */
import { CATALOGUE } from '../abi/catalogue.ts';
import type { CatalogueRow } from '../abi/requirement.ts';
import { CHAPTERS } from '../run/chapters.ts';

/** Its rules but for those that nobody can put to the test, and those that allow everything. */
export const testableRules = (subject: 'provider' | 'runtime'): CatalogueRow[] => {
  const untestable = new Set(
    CHAPTERS.flatMap(({ requirements }) => requirements)
      .filter((rule) => rule.untestable !== undefined)
      .map(({ id }) => id),
  );
  return CATALOGUE.filter(
    (row) => row.subject === subject && row.level !== 'MAY' && !untestable.has(row.id),
  );
};
