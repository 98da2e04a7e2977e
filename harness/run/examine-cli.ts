/**
 * For authors of suites: examines a module file with every chapter and prints one line per rule.
 */
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import type { ProviderModule } from '../provider/module.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { CHAPTERS } from './law.ts';
import { homeRules } from './law.ts';
import { examineModule } from './examine.ts';

const [file, ...ids] = process.argv.slice(2);
const loaded = (await import(pathToFileURL(resolve(file ?? '')).href)) as {
  default: ProviderModule;
  meta?: { violates?: string[]; config?: DeclaredProfile };
};
const seen = await examineModule(loaded.default, {
  chapters: CHAPTERS,
  homeRules,
  ...(loaded.meta?.config ? { config: loaded.meta.config } : {}),
});
if (seen.startError) console.log(`does not start: ${seen.startError}`);
const named = new Set([...ids, ...(loaded.meta?.violates ?? [])]);
for (const row of seen.rows) {
  const shown = named.size ? named.has(row.id) : row.suite !== null && row.reason !== 'subject';
  const trouble =
    !['pass', 'not-applicable', 'info'].includes(row.verdict) && row.reason !== 'not built yet';
  if (!shown && !trouble) continue;
  const advice = Object.entries(row.advisory)
    .filter(([, one]) => one.verdict !== row.verdict && one.verdict !== 'vacuous')
    .map(([name, one]) => ` ${name}:${one.verdict}${one.message ? ` ${one.message}` : ''}`)
    .join(';');
  const self = row.selfCheck
    ? ` self-check ${row.selfCheck.exercised} ${row.selfCheck.ok ? 'ok' : 'BROKEN'}`
    : '';
  console.log(
    `${row.id.padEnd(14)} ${row.verdict.padEnd(14)} x${row.exercised} ${row.message ?? row.reason ?? ''}${self}${advice}`,
  );
}
console.log(JSON.stringify(seen.executed), JSON.stringify({ ...seen.profile, source: undefined }));
