/** Waivers with an owner: what the file must hold, and what they never excuse. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schemaOf } from '../../reports/check-report.ts';
import type { Waiver } from '../provider/profile.ts';
import { recordOf, rowOf } from '../run/golden.fixture.ts';
import { causeOf } from './cause.ts';
import type { RequirementRecord } from './record.ts';
import { applyWaivers } from './waive.ts';
import { readWaivers } from './waivers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'waivers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cause = causeOf({ kind: 'violated', seq: 0, expected: 'the 8 bytes stay', saw: 'x' }, []);
const fields: Record<string, string> = {
  kind: 'triage',
  rule: 'REG-001',
  fingerprint: cause.key,
  reason: 'the fix ships in May',
  owner: 'maps team',
  issue: 'https://example.org/issues/1',
  expires: '2027-01-31',
};
const yaml = (more: Record<string, string | null> = {}): string => {
  const lines = Object.entries({ ...fields, ...more }).flatMap(([name, value]) =>
    value === null ? [] : [`    ${name}: ${value}`],
  );
  return `schema: custom-map-conformance/waivers@1\nwaivers:\n  -\n${lines.join('\n')}\n`;
};
const read = (text: string): Waiver[] => {
  const file = path.join(folder, 'waivers.yaml');
  writeFileSync(file, text);
  return readWaivers(file);
};

const row = (more: Partial<RequirementRecord> = {}): RequirementRecord =>
  rowOf('REG-001', 'fail', {
    message: 'expected: a; saw: b',
    causes: [{ ...cause, seen: 1 }],
    setting: 'robustness',
    ...more,
  });
const applied = (text: string, given = row(), today = '2026-06-01') => {
  const rows = [given, rowOf('REG-002', 'pass')];
  applyWaivers(rows, read(text), today, () => false, { revision: 'merged', subject: 'native' });
  const { verdict, waiver } = rows[0]!;
  return { verdict, trouble: waiver?.trouble, exitCode: recordOf(rows).exitCode, waiver };
};

describe('a waiver with an owner', () => {
  it('excuses its fingerprint, and the report says who answers for it', () => {
    const { waiver, ...rest } = applied(yaml());
    expect(rest).toEqual({ verdict: 'waived', trouble: undefined, exitCode: 0 });
    expect(waiver?.reason).toBe(
      'triage: the fix ships in May (maps team, https://example.org/issues/1)',
    );
    const told = yaml({ fingerprint: "{ expected: 'the 9 bytes stay' }" });
    expect(applied(told).verdict).toBe('waived');
  });

  it('is stale, expired or mismatching, which is exit code 3 or that of what is left', () => {
    const holds = rowOf('REG-001', 'pass');
    expect(applied(yaml(), holds)).toMatchObject({ trouble: 'stale', exitCode: 3 });
    expect(applied(yaml(), row(), '2027-02-01')).toMatchObject({ trouble: 'expired', exitCode: 1 });
    const other = applied(yaml({ fingerprint: 'c-0123456789' }));
    expect(other).toMatchObject({ verdict: 'fail', trouble: 'mismatching', exitCode: 1 });
    const warned = row({ verdict: 'warn', level: 'SHOULD' });
    expect(applied(yaml(), warned, '2027-02-01')).toMatchObject({
      trouble: 'expired',
      exitCode: 3,
    });
  });

  it.each(['crash', 'hang'] as const)('excuses no %s, whatever its fingerprint', (kind) => {
    const lost = causeOf({ kind, seq: 0, expected: 'a call comes back', saw: 'x' }, []);
    const given = row({ verdict: kind, causes: [{ ...lost, seen: 1 }] });
    const told = applied(yaml({ fingerprint: lost.key }), given);
    expect(told).toMatchObject({ verdict: kind, trouble: 'mismatching', exitCode: 1 });
    expect(told.waiver?.says).toMatch(new RegExp(`^no waiver with a kind excuses a ${kind}`));
  });

  it('excuses no fault of the harness', () => {
    const told = applied(yaml(), row({ verdict: 'harness-error' }));
    expect(told).toMatchObject({ verdict: 'harness-error', exitCode: 7 });
  });

  it('counts only where its condition holds, and is not stale elsewhere', () => {
    const when = (condition: string) => applied(yaml({ condition }));
    expect(when('{ revision: merged, subject: native }').verdict).toBe('waived');
    expect(when('{ setting: robustness }').verdict).toBe('waived');
    for (const condition of [
      '{ revision: draft }',
      '{ subject: runtime }',
      '{ setting: as-shipped-or-documented }',
    ])
      expect(when(condition)).toEqual({
        ...{ verdict: 'fail', trouble: undefined, exitCode: 1, waiver: null },
      });
    const holds = rowOf('REG-001', 'pass');
    expect(applied(yaml({ condition: '{ revision: draft }' }), holds).exitCode).toBe(0);
  });
});

const bySchema = new Ajv2020().compile(schemaOf('waivers'));
const fitsSchema = (text: string): boolean => bySchema(parse(text, { schema: 'core' }));

describe('a file of waivers', () => {
  it('fits its schema, as all that is read does', () => {
    const several: Record<string, string>[] = [
      {},
      { fingerprint: '{ expected: x }' },
      { condition: '{ subject: native }' },
    ];
    for (const more of several)
      expect(fitsSchema(yaml(more)), JSON.stringify(bySchema.errors)).toBe(true);
  });

  it.each<[string, string, RegExp]>([
    ['no schema it knows', 'schema: other\nwaivers: []', /schema must be custom-map/],
    ['something that is no YAML', 'schema: "\nwaivers: [', /is not YAML/],
    ['a member more', `${yaml()}more: 1\n`, /more is no member/],
    ['a rule that is none', yaml({ rule: 'REG-999' }), /REG-999 is no rule/],
    ['no kind', yaml({ kind: null }), /kind is one of errata, contingency, triage/],
    ['no owner', yaml({ owner: null }), /needs an owner/],
    ['no issue', yaml({ issue: null }), /needs an issue/],
    ['no last day', yaml({ expires: null }), /needs its last day/],
    ['a day that is none', yaml({ expires: '2027-13-01' }), /needs its last day/],
    ['no fingerprint', yaml({ fingerprint: null }), /fingerprint is the cause/],
    ['what was seen as one', yaml({ fingerprint: '{ saw: x }' }), /fingerprint is the cause/],
    ['a crash as one', yaml({ fingerprint: '{ kind: crash, expected: x }' }), /fingerprint is/],
    ['a word misspelt', yaml({ exires: '2027-01-31' }), /exires is no member/],
    ['a condition that is none', yaml({ condition: '{ moon: full }' }), /moon is no condition/],
    ['a condition of nothing', yaml({ condition: '{}' }), /condition is \{/],
  ])('with %s is refused', (_, text, says) => {
    expect(() => read(text)).toThrow(says);
    // The schema knows the shape; which rules there are, the list of rules knows.
    if (!/YAML|REG-999/.test(says.source)) expect(fitsSchema(text)).toBe(false);
  });

  it('of the older kind is read as ever', () => {
    expect(read('[{ "id": "REG-001", "reason": "x" }]')).toEqual([{ id: 'REG-001', reason: 'x' }]);
    expect(() => read('- id: REG-001')).toThrow(/is not JSON, and no YAML with the member schema/);
  });
});
