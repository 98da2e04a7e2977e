import { expect, test } from 'vitest';
import {
  CATALOGUE,
  catalogueRow,
  isMust,
  isRequirementId,
  requirementsSha256,
  sha256OfRows,
} from './catalogue.ts';
import { kindOf, LEVELS, REVISIONS, SUBJECTS } from './requirement.ts';

const countBy = (key: 'subject' | 'verdict'): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const row of CATALOGUE) counts[row[key]] = (counts[row[key]] ?? 0) + 1;
  return counts;
};

test('every rule has an id of its own, and each subject has rules', () => {
  expect(new Set(CATALOGUE.map((row) => row.id)).size).toBe(CATALOGUE.length);
  expect(Object.keys(countBy('subject')).sort()).toEqual([...SUBJECTS].sort());
});

test('every row is well formed: an id of its area, a level, a subject, a statement, a source, a revision', () => {
  for (const row of CATALOGUE) {
    expect(row.id, row.id).toMatch(/^[A-Z]+(-[A-Z]+)?-\d{3}$/);
    expect(row.id.startsWith(`${row.area}-`), row.id).toBe(true);
    expect(LEVELS, row.id).toContain(row.level);
    expect(SUBJECTS, row.id).toContain(row.subject);
    expect(row.revisions.length, row.id).toBeGreaterThan(0);
    for (const revision of row.revisions) expect(REVISIONS, row.id).toContain(revision);
    for (const text of [row.statement, row.source, row.observable, row.condition]) {
      expect(text, row.id).not.toBe('');
    }
  }
});

test('the severity of every row follows its keyword', () => {
  for (const row of CATALOGUE) expect(kindOf(row.level), row.id).toBe(row.verdict);
  expect(CATALOGUE.filter(isMust).length).toBe(countBy('verdict')['fail']);
});

test('a row is found by its id, and an unknown id says what to do', () => {
  expect(catalogueRow('CRUD-DEL-006').id).toBe('CRUD-DEL-006');
  expect(isRequirementId('CRUD-DEL-006')).toBe(true);
  expect(isRequirementId('CRUD-DEL-999')).toBe(false);
  expect(isRequirementId('toString')).toBe(false);
  expect(() => catalogueRow('CRUD-DEL-999')).toThrow('mapcert list requirements');
});

test('the digest ignores the order of keys and sees every letter', () => {
  const [first] = CATALOGUE;
  const reversed = Object.fromEntries(Object.entries(first!).reverse()) as typeof first;
  expect(requirementsSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(sha256OfRows([reversed!])).toBe(sha256OfRows([first!]));
  expect(sha256OfRows([{ ...first!, statement: `${first!.statement} ` }])).not.toBe(
    sha256OfRows([first!]),
  );
});
