/**
 * Whether data from a file has the shape it claims: the one place where JSON Schemas are compiled.
 */
import type { SelftestResult } from '../harness/conclude/kill-matrix.ts';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ReplayFile, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';

export type SchemaName = 'report' | 'replay' | 'selftest' | 'waivers' | 'config';

/** The data, or where it first departs from its schema. */
export type Checked<T> = { ok: true; data: T } | { ok: false; problem: string };

const check = <T>(name: SchemaName, data: unknown): Checked<T> => {
  const ajv = new Ajv2020({ allErrors: false, allowUnionTypes: true });
  const validate = ajv.compile<T>(schemaOf(name));
  if (validate(data)) return { ok: true, data };
  const [error] = validate.errors ?? [];
  const place =
    error?.instancePath === '' ? 'the top level' : printable(error?.instancePath ?? '?', 200);
  return { ok: false, problem: `${place} ${printable(error?.message ?? 'does not fit', 200)}` };
};

/** One of the schemas of reports/schema/, as data. */
export const schemaOf = (name: SchemaName): Record<string, unknown> =>
  JSON.parse(
    readFileSync(new URL(`./schema/${name}.schema.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;

/** Checks a report; what the schema cannot say (each rule once) is checked as well. */
export const checkReport = (data: unknown): Checked<RunRecord> => {
  const checked = check<RunRecord>('report', data);
  if (!checked.ok) return checked;
  const seen = new Set<string>();
  for (const { id } of checked.data.requirements) {
    if (seen.has(id)) return { ok: false, problem: `${printable(id, 40)} appears more than once` };
    seen.add(id);
  }
  return checked;
};

/** Checks a replay file. */
export const checkReplay = (data: unknown): Checked<ReplayFile> =>
  check<ReplayFile>('replay', data);

/** Checks what selftest writes. */
export const checkSelftest = (data: unknown): Checked<SelftestResult> =>
  check<SelftestResult>('selftest', data);
