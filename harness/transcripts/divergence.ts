/**
 * Divergences of a recorded runtime from the rules that bind it: per rule what was seen, how often
 * and in which transcripts. Pure; divergence-page.ts writes them down.
 */
import { CATALOGUE, isMust } from '../abi/catalogue.ts';
import type { CatalogueRow } from '../abi/requirement.ts';
import { judge } from '../check/judge.ts';
import type { Requirement } from '../check/requirement.ts';
import { contextsOfMaps } from '../runtime/runtime-context.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { convert } from './convert.ts';
import type { Transcript } from './transcript.ts';

/** One way in which a rule was broken. */
export type Sighting = { saw: string; times: number; transcripts: string[] };

/** What the transcripts say of one rule. */
export type RuleEvidence = {
  row: CatalogueRow;
  asks: string;
  exercised: number;
  violations: number;
  /** Transcripts in which it was exercised, and in which it was broken. */
  exercisedIn: number;
  brokenIn: string[];
  sightings: Sighting[];
  /** Why these recordings cannot show it; null when they can. */
  untold: string | null;
};

export type Evidence = {
  transcripts: number;
  steps: number;
  callbacks: number;
  rules: RuleEvidence[];
};

/** A sentence without what changes from run to run: labels and the sizes of a particular map. */
const common = (saw: string): string =>
  saw
    .replace(/\b(map|binding|registration|context)#\d+/g, 'a $1')
    .replace(/\bit got [1-9]\d*\b/, 'it got another number');

/** Judges every transcript by the rules that bind the runtime. */
export const evidenceOf = (
  transcripts: readonly Transcript[],
  chapters: readonly Chapter[],
): Evidence => {
  const known = new Map(
    chapters.flatMap(({ requirements }) => requirements.map((one) => [one.id, one] as const)),
  );
  const rows = CATALOGUE.filter(
    ({ subject, revisions }) => subject === 'runtime' && revisions.includes('merged'),
  );
  const rules = new Map(rows.map((row) => [row.id, emptyEvidence(row, known.get(row.id))]));
  const watched = rows.flatMap(({ id }) => known.get(id) ?? []);
  let callbacks = 0;
  for (const transcript of transcripts) {
    const trace = convert(transcript);
    callbacks += trace.filter(({ kind }) => kind === 'callback-entered').length;
    for (const finding of judge(
      watched,
      trace,
      contextsOfMaps(trace, 'merged', 'runtime'),
      () => [],
    )) {
      const rule = rules.get(finding.id);
      if (!rule) continue;
      rule.exercised += finding.exercised;
      rule.exercisedIn += 1;
      rule.violations += finding.violations.length + (finding.more ?? 0);
      if (finding.violations.length > 0) rule.brokenIn.push(transcript.id);
      for (const { saw } of finding.violations) sighted(rule, common(saw), transcript.id);
    }
  }
  const steps = transcripts.reduce((sum, one) => sum + one.steps.length, 0);
  return { transcripts: transcripts.length, steps, callbacks, rules: [...rules.values()] };
};

const emptyEvidence = (row: CatalogueRow, requirement: Requirement | undefined): RuleEvidence => ({
  row,
  asks: requirement?.asks ?? row.statement,
  exercised: 0,
  violations: 0,
  exercisedIn: 0,
  brokenIn: [],
  sightings: [],
  untold: requirement?.blindSpots?.transcripts ?? requirement?.untestable ?? null,
});

const sighted = (rule: RuleEvidence, saw: string, id: string): void => {
  let sighting = rule.sightings.find((one) => one.saw === saw);
  if (!sighting) rule.sightings.push((sighting = { saw, times: 0, transcripts: [] }));
  sighting.times += 1;
  if (sighting.transcripts.at(-1) !== id) sighting.transcripts.push(id);
};

/** Rules that were broken. */
export const broken = ({ rules }: Evidence): RuleEvidence[] =>
  rules.filter(({ untold, brokenIn }) => untold === null && brokenIn.length > 0);

/** Rules that were put to the test and held. */
export const held = ({ rules }: Evidence): RuleEvidence[] =>
  rules.filter(
    ({ untold, brokenIn, exercised }) => untold === null && brokenIn.length === 0 && exercised > 0,
  );

/** Rules that could have been seen and were not. */
export const unexercised = ({ rules }: Evidence): RuleEvidence[] =>
  rules.filter(
    ({ untold, exercised, row }) =>
      untold === null && exercised === 0 && (isMust(row) || row.level !== 'MAY'),
  );
