/** Runtimes as subjects: the reference passes every rule that its plans exercise, each wrong one breaks its own. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openReferenceRuntime } from './reference-runtime.ts';
import type { RuntimeDeviation } from '../provider/runtime-port.ts';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { examineRuntime } from './examine-runtime.ts';
import type { FaultMeta } from './fault-meta.ts';

const folder = path.resolve(import.meta.dirname, '../../fixtures/runtimes');

type Wrong = { id: string; meta: FaultMeta; deviate: RuntimeDeviation };

const wrongOnes: Wrong[] = [];
for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith('.ts')) continue;
  const loaded = (await import(path.join(folder, name))) as {
    meta: FaultMeta;
    default: RuntimeDeviation;
  };
  wrongOnes.push({ id: loaded.meta.id, meta: loaded.meta, deviate: loaded.default });
}

const due =
  /^(REG-019|REG-020|DISC-00[1-5]|DISC-00[7-9]|DUP-002|LIFE-0(01|07|08|10)|UNLOAD-0(04|10)|ABI-01[0-4])$/;

describe('runtimes', () => {
  test.each(['merged', 'draft'] as const)(
    'the reference runtime breaks no rule (%s)',
    (revision) => {
      const seen = examineRuntime(
        { name: 'reference', open: openReferenceRuntime },
        { chapters: CHAPTERS, revision },
      );
      const broken = seen.rows.filter((row) =>
        ['fail', 'warn', 'crash', 'hang'].includes(row.verdict),
      );
      expect(broken.map(({ id, message }) => ({ id, message }))).toEqual([]);
      expect(seen.notes).toEqual([]);
      if (revision === 'draft') return expect(seen.verdict('ENUM-009')).toBe('pass');
      for (const row of seen.rows.filter(({ id }) => due.test(id)))
        expect(row.verdict, row.id).toBe('pass');
    },
  );

  test.each(wrongOnes)('$id is found out by the rules that it names', ({ meta, deviate }) => {
    const seen = examineRuntime(
      { name: meta.id, open: (options) => deviate(openReferenceRuntime(options)) },
      { chapters: CHAPTERS, revision: meta.revision ?? 'merged' },
    );
    const rows = meta.violates.map((id) => seen.row(id));
    for (const row of rows) expect(['fail', 'warn'], row.id).toContain(row.verdict);
    expect(rows.map((row) => row.message).join(' ')).toContain(meta.sentence ?? '');
  });

  test('every rule that is judged here has a wrong runtime', () => {
    const named = new Set(wrongOnes.flatMap(({ meta }) => meta.violates));
    const rules = CHAPTERS.flatMap((chapter) => chapter.requirements.map(({ id }) => id));
    expect(rules.filter((id) => due.test(id) && !named.has(id))).toEqual([]);
  });

  test('the same runtime gives the same trace', () => {
    const examine = () =>
      examineRuntime({ name: 'reference', open: openReferenceRuntime }, { chapters: CHAPTERS })
        .rows;
    expect(examine()).toEqual(examine());
  });
});
