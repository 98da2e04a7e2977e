/** A refusal that nobody declared: no rule is broken, none is passed for it, and the report says what to declare. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ProviderModule } from '../provider/module.ts';
import { examineModule } from './examine.ts';
import { CHAPTERS, homeRules } from './law.ts';
import { concludeOutcome } from './outcome.ts';

type Refusal = {
  default: ProviderModule;
  meta: { id: string; violates: string[]; sentence: string };
};

const folder = new URL('../../fixtures/refusals/', import.meta.url);
const whole = { suites: null, only: null, level: null, shard: null };

it.each(readdirSync(folder).sort())(
  '%s is INCOMPLETE, not excused',
  async (name) => {
    const { default: module, meta } = (await import(new URL(name, folder).href)) as Refusal;
    const { rows, row } = await examineModule(module, {
      chapters: CHAPTERS,
      homeRules,
      dialects: ['as-documented'],
      generated: 1,
    });
    expect(concludeOutcome(rows, whole)).toMatchObject({ outcome: 'INCOMPLETE', exitCode: 2 });
    for (const id of meta.violates) {
      expect(row(id).verdict, id).toBe('inconclusive');
      expect(row(id).reason).toContain(meta.sentence);
    }
  },
  60_000,
);
