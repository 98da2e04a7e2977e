/**
 * A refusal gets one answer in every way to run a provider: in a host, in this process, compiled,
 * declared or not.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildNative } from '../native/build.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { campaign } from '../campaign/campaign.ts';
import { concludeRows } from '../conclude/conclude.ts';
import { createExecutor } from '../host/executor.ts';
import { CHAPTERS, ownersOfLoss } from './chapters.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import type { RequirementRecord } from '../conclude/record.ts';

/** What the rules of one chapter say of a subject, by their ids. */
const verdictsOf = async (
  path: string,
  name: string,
  inProcess: boolean,
  overlay: DeclaredProfile | null,
): Promise<Map<string, RequirementRecord>> => {
  const chapters = CHAPTERS.filter((chapter) => chapter.name === name);
  const executor = await createExecutor(
    { path, config: null, nmr: null },
    { inProcess, callbackTimeoutMs: null, overlay },
  );
  try {
    const { profile, registrations } = await probe(executor, executor.facts.declared, 'merged');
    const { kind } = executor.facts;
    const subject = { kind, profile, registrations, revision: 'merged' as const, enumHeader: null };
    const runs = dueRuns(chapters, profile, {
      ...{ seed: 1, generated: 0, dialects: ['as-documented' as const] },
    }).filter(({ exhaustive }) => !exhaustive);
    const requirements = chapters.flatMap((chapter) => chapter.requirements);
    const { folds, avoided } = await campaign({
      ...{ executor, chapters, requirements, subject, ownersOfLoss, runs },
    });
    const rows = concludeRows({
      ...{ chapters, subject, folds, selected: null, ran: new Set([name]), avoided },
      ...{ bound: null, judged: 'provider' as const },
    });
    return new Map(rows.map((row) => [row.id, row]));
  } finally {
    await executor.close();
  }
};

const simulated = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/faults/${name}.ts`, import.meta.url));

const compiled = async (name: string): Promise<string> =>
  (await buildNative(`faults/${name}`))[0]!.library;

/**
 * What refuses, the rule that it leaves open, what the sentence asks for, and the verdict once that
 * is declared.
 */
const refusals: readonly {
  simulated: string;
  compiled: string;
  chapter: string;
  rule: string;
  sentence: string;
  declared: DeclaredProfile;
  then: string;
}[] = [
  {
    simulated: 'u-1-refuses-every-update',
    compiled: 'CRUD-UPD-003-refuses-every-update',
    chapter: 'update',
    rule: 'CRUD-UPD-003',
    sentence: 'declare `userUpdate`',
    declared: { userUpdate: 'EBPF_INVALID_ARGUMENT' },
    then: 'not-applicable',
  },
  {
    simulated: 'u-3-loses-its-entries',
    compiled: 'CRUD-FIND-002-refuses-every-lookup',
    chapter: 'lookup',
    rule: 'CRUD-FIND-002',
    sentence: 'declare `userLookup`',
    declared: { userLookup: 'EBPF_OPERATION_NOT_SUPPORTED' },
    then: 'not-applicable',
  },
  {
    simulated: 'u-8-refuses-every-delete',
    compiled: 'CRUD-DEL-007-refuses-every-delete',
    chapter: 'deletion',
    rule: 'CRUD-DEL-007',
    sentence: 'declare deleteMayReject: true',
    declared: { deleteMayReject: true },
    then: 'pass',
  },
];

describe.each(refusals)('$compiled', ({ rule, chapter, sentence, ...one }) => {
  it.each([
    ['simulated, in a host', false, false],
    ['simulated, in this process', false, true],
    ['compiled, in a host', true, false],
    ['compiled, in this process', true, true],
  ])('is left open: %s', async (_, isCompiled, inProcess) => {
    const file = isCompiled ? await compiled(one.compiled) : simulated(one.simulated);
    const row = (await verdictsOf(file, chapter, inProcess, null)).get(rule);
    expect(row).toMatchObject({ verdict: 'inconclusive' });
    expect(row!.reason).toContain(sentence);
  });

  it('is left open no longer once it is declared', async () => {
    const file = await compiled(one.compiled);
    const row = (await verdictsOf(file, chapter, false, one.declared)).get(rule);
    expect(row!.verdict).toBe(one.then);
  });
});
