/**
 * Seeded faults of every chapter: the kept runs of the rules that each breaks come to two findings
 * at most, and the first one names the call that is wrong. `fixtures/findings.json` holds the runs
 * as a certification found them.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { probe } from '../campaign/probe.ts';
import { providerTrial } from '../campaign/trial.ts';
import { findingsOf, type Scene } from '../conclude/findings.ts';
import type { FindingRecord, ReplayFile, RequirementRecord } from '../conclude/record.ts';
import type { ProviderModule } from '../provider/module.ts';
import { CHAPTERS, ownersOfLoss } from './chapters.ts';
import { moduleExecutor } from './in-process.fixture.ts';
import { contextOf } from './provider.ts';
import { decodeReplay } from './replay-token.ts';

type Kept = { fault: string; runs: string[] };

/** The callback that each fault makes wrong. */
const wrong: Readonly<Record<string, string>> = {
  'f-reg-004-1-no-cleanup-routine': 'ProviderAttachClient',
  'f-dup-003-2-frees-globals-at-the-last-cleanup': 'stop',
  'f-cre-009-1-leaves-a-freed-context': 'preprocess_map_create',
  'f-life-005-1-frees-the-statistics': 'postprocess_map_delete',
  'f-unload-007-1-attach-takes-more-than-it-gives': 'ProviderAttachClient',
  'f-assoc-008-2-association-clears-a-value': 'preprocess_associate_program_type',
  'f-crud-find-002-4-sixty-four-slots': 'preprocess_map_update_element',
  'f-crud-upd-004-1-generation-behind-out': 'preprocess_map_update_element',
  'f-crud-del-008-1-releases-then-rejects': 'preprocess_map_delete_element',
  'f-help-008-1-stored-bytes-copied': 'invokeHelper',
  'f-flag-005-1-switch-over-flags': 'postprocess_map_delete_element',
  'f-proc-003-5-refuses-more-elsewhere': 'preprocess_map_delete_element',
  'f-irql-010-1-stop-waits-while-raised': 'stop',
  'f-abi-004-1-old-size-new-callback': 'start',
};

const kept = JSON.parse(
  readFileSync(new URL('../../fixtures/findings.json', import.meta.url), 'utf8'),
) as Kept[];
const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);

/** Findings of kept runs, made again in this process. */
const findingsFrom = async ({ fault, runs }: Kept): Promise<FindingRecord[]> => {
  const file = new URL(`../../fixtures/faults/${fault}.ts`, import.meta.url).href;
  const { default: module } = (await import(file)) as { default: ProviderModule };
  const executor = moduleExecutor(module, module.profile ?? null);
  const probed = await probe(executor, module.profile ?? null, 'merged');
  const subject = contextOf(executor.facts, probed, 'merged', null);
  const trial = providerTrial({
    ...{ executor, chapters: CHAPTERS, requirements, subject, ownersOfLoss },
  });
  const stored = runs.map((run) => decodeReplay(run) as ReplayFile);
  const ids = stored.map(({ requirement }) => requirement);
  const rows: RequirementRecord[] = [];
  const scenes: Scene[] = [];
  for (const { requirement: id, plan, choices } of stored) {
    const { trace } = await trial.run({ plan, choices });
    const run = { plan, choices, trace };
    const violation = trial.judge(id, run, 'all')?.violations[0];
    expect(violation, `${fault} ${id}`).toBeDefined();
    const shows = ids.flatMap((other) => {
      const violations = trial.judge(other, run, 'all')?.violations ?? [];
      return violations.length > 0 ? [{ id: other, violations }] : [];
    });
    rows.push(trial.rowOf(id, run)!);
    scenes.push({ id, witness: { ...run, violation: violation! }, shows });
  }
  return findingsOf(rows, scenes, { isSmall: true, standing: new Set() });
};

it.each(kept.filter(({ fault }) => wrong[fault] !== undefined))('$fault', async (one) => {
  const found = await findingsFrom(one);
  expect(found.length).toBeLessThanOrEqual(2);
  expect(found[0]?.callback).toBe(wrong[one.fault]);
});

it.each([
  ['f-comb-6-two-at-once', 'postprocess_map_find_element', 'postprocess_map_delete_element'],
  ['f-comb-7-a-leak-and-a-guess', 'preprocess_map_update_element', 'ProviderAttachClient'],
])('two faults of one provider stay two findings: %s', async (fault, ...callbacks) => {
  const found = await findingsFrom(kept.find((one) => one.fault === fault)!);
  expect(found.map(({ callback }) => callback).sort()).toEqual(callbacks.sort());
});
