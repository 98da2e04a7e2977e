import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SWITCHES, SWITCH_NAMES, switchRow } from './switches.ts';
import { UNNOTICED } from './unnoticed.ts';
import { dialectOf, switchesOf, watched } from './dialect.ts';

const page = readFileSync('docs/contract/CONTRADICTIONS.md', 'utf8');
const ids = [...page.matchAll(/^\| (C-\d\d) \|/gmu)].map(([, id]) => id!);
const settled = new Set(SWITCH_NAMES.flatMap((name) => switchRow(name).about));

describe('the inventory of contradictions', () => {
  test('has 38 of them, each a switch or the reason why it is none, never both', () => {
    expect(ids).toHaveLength(38);
    expect(ids.filter((id) => settled.has(id) === id in UNNOTICED)).toEqual([]);
  });

  test('names no contradiction that there is not', () => {
    expect([...settled, ...Object.keys(UNNOTICED)].filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('has a source, two readings and an occasion for each switch', () => {
    for (const row of Object.values(SWITCHES)) {
      expect(row.sources.length).toBeGreaterThan(0);
      expect(new Set([row.off, row.on, row.noticed]).size).toBe(3);
    }
  });
});

describe('the dialects', () => {
  test('the document has every switch off, and detach-first but one', () => {
    expect(Object.values(switchesOf('as-documented')).filter(Boolean)).toEqual([]);
    expect(SWITCH_NAMES.filter((name) => switchesOf('detach-first')[name])).toEqual([
      'providerDetachFirst',
    ]);
  });

  test('single switches lie on top, and an unknown one is an error', () => {
    const switches = { cleanupOutsideEpoch: false };
    const reading = dialectOf({ dialect: 'as-shipped', switches });
    expect([reading.cleanupOutsideEpoch, reading.cleanupUnderLock]).toEqual([false, true]);
    expect(() => dialectOf({ switches: { noSuchThing: true } })).toThrow('noSuchThing');
  });

  test('what is asked for is kept', () => {
    const asked = new Set<string>();
    const reading = watched(dialectOf({}), asked);
    expect(reading.sizesUnchecked).toBe(false);
    expect([...asked]).toEqual(['sizesUnchecked']);
  });
});
