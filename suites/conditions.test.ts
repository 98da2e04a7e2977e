/**
 * docs/CONDITIONS.md says of every condition who may establish that it is false: as the conditions
 * themselves do.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHAPTERS } from './catalogue.ts';

const said: Readonly<Record<string, string>> = {
  data: 'data',
  declared: 'declaration',
  contract: 'contract',
  occasion: 'contract: no occasion',
  probed: 'nobody: inconclusive',
};

const rows = (): string[] => {
  const rules = new Map<string, string[]>();
  for (const { id, applies = [] } of CHAPTERS.flatMap(({ requirements }) => requirements)) {
    for (const { by, on, why } of applies.flatMap(({ otherwise }) => otherwise)) {
      const member = on === undefined || by === 'data' ? '' : ` (\`${on}\`)`;
      const row = `| ${why} | ${said[by]}${member} |`;
      const ids = rules.get(row) ?? [];
      if (!ids.includes(id)) ids.push(id);
      rules.set(row, ids);
    }
  }
  return [...rules].map(([row, ids]) => `${row} ${ids.join(' ')} |`);
};

test('the page lists every condition, who may establish it, and the rules that have it', () => {
  const page = readFileSync(new URL('../docs/CONDITIONS.md', import.meta.url), 'utf8');
  const shown = page.split('\n').filter((line) => /^\| (?!condition|-)/.test(line));
  expect(shown).toEqual(rows());
});
