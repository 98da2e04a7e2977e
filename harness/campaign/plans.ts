/** Which runs a certification makes: every chapter's scenarios, then its generated plans. */
import type { ExhaustiveSearch } from '../explore/exhaustive.ts';
import { generatePlans, type Mix, type PlannedRun } from '../explore/generate.ts';
import { portionMax, portionsOf } from '../explore/portions.ts';
import type { Profile } from '../provider/profile.ts';
import { isAside, type DialectName } from '../trace/plan.ts';
import type { Chapter } from '../conclude/chapter.ts';

/** A run that is due. */
export type DueRun = PlannedRun & {
  suite: string;
  dialect: DialectName;
  generated: boolean;
  /** Chapters whose rules judge the run; absent: all. */
  judgedBy?: readonly string[];
  /** Every schedule of the plan, judged by these rules only. */
  exhaustive?: ExhaustiveSearch & { rules: readonly string[] };
};

/** What kind of plans a chapter's generated runs are made of. */
const mixOf: Record<string, Mix> = {
  registration: 'nmr',
  abi: 'nmr',
  discovery: 'nmr',
  duplicates: 'nmr',
  enum: 'lifetime',
  creation: 'lifetime',
  lifecycle: 'lifetime',
  unload: 'lifetime',
  association: 'lifetime',
  concurrency: 'interleaved',
  epoch: 'interleaved',
};

/** Chapters whose scenarios are run in the detach-first dialect too: what that order can break. */
const detachFirstChapters = ['unload', 'lifecycle'];

/** Chapters on which document and shipped code agree: their scenarios run once. */
const agreedChapters = ['registration', 'discovery', 'duplicates', 'association', 'abi', 'enum'];

/** Distinct for every chapter, so that chapters do not repeat each other's plans. */
const seedOf = (seed: number, suite: string): number => {
  let mixed = seed | 0;
  for (const character of suite) mixed = (Math.imul(mixed, 31) + character.charCodeAt(0)) | 0;
  return mixed;
};

/** Schedules walked per plan in a usual run; --stress walks to each scenario's own bound. */
const schedulesUsual = 32;

/**
 * Chapters whose rules judge each other's walks: what breaks an order of phases is a matter of
 * both.
 */
const walkedTogether = ['epoch', 'concurrency'];

/** Thousands of runs are not judged by every rule there is. */
const rulesOfWalk = (chapter: Chapter, chapters: readonly Chapter[]): string[] =>
  chapters
    .filter(
      (one) =>
        one === chapter ||
        (walkedTogether.includes(chapter.name) && walkedTogether.includes(one.name)),
    )
    .flatMap((one) => one.requirements.map(({ id }) => id));

const scenariosOf = (
  chapter: Chapter,
  profile: Profile,
  dialect: DialectName,
  deep: boolean,
  schedulesMax: number,
  chapters: readonly Chapter[],
): DueRun[] =>
  chapter.scenarios.flatMap((scenario) => {
    if (scenario.deep && !deep) return [];
    if (scenario.dialects && !scenario.dialects.includes(dialect)) return [];
    const made = scenario.plan(profile);
    const plans = made === null ? [] : Array.isArray(made) ? made : [made];
    return plans.map((plan, index) => {
      const { choices = [], ...rest } = plan;
      const name = plans.length > 1 ? `${scenario.name} (${index + 1})` : scenario.name;
      return {
        plan: { probes: scenario.probes, ...rest, name, suite: chapter.name },
        choices,
        suite: chapter.name,
        dialect,
        generated: false,
        ...(scenario.judgedBy ? { judgedBy: scenario.judgedBy } : {}),
        ...(scenario.exhaustive
          ? {
              exhaustive: {
                ...scenario.exhaustive,
                schedulesMax: Math.min(scenario.exhaustive.schedulesMax, schedulesMax),
                rules: rulesOfWalk(chapter, chapters),
              },
            }
          : {}),
      };
    });
  });

/** Generated plans of a chapter, made as they are taken. */
function* generatedRuns(
  chapter: Chapter,
  profile: Profile,
  options: { seed: number; generated: number },
): Generator<DueRun[]> {
  const seed = seedOf(options.seed, chapter.name);
  for (const portion of portionsOf(seed, options.generated)) {
    const mix = mixOf[chapter.name] ?? 'elements';
    const plans = generatePlans(profile, { suite: chapter.name, mix, ...portion });
    yield plans.map((run) => ({
      ...run,
      suite: chapter.name,
      dialect: 'as-documented',
      generated: true,
    }));
  }
}

/** The generated runs of a seed: all that a seed decides. */
export const seededRuns = (
  chapters: readonly Chapter[],
  profile: Profile,
  options: { seed: number; generated: number },
): DueRun[] =>
  profile.accepted.length === 0
    ? []
    : chapters.flatMap((chapter) => {
        const [first = []] = generatedRuns(chapter, profile, options);
        return first;
      });

/** Generated runs beyond those that dueRuns has, a portion of every chapter in turn. */
export function* laterRuns(
  chapters: readonly Chapter[],
  profile: Profile,
  options: { seed: number; generated: number },
): Generator<DueRun[]> {
  if (profile.accepted.length === 0 || options.generated <= portionMax) return;
  const open = chapters.map((chapter) => generatedRuns(chapter, profile, options));
  for (const portions of open) portions.next();
  for (let left = open.length; left > 0;) {
    left = 0;
    for (const portions of open) {
      const { value, done } = portions.next();
      if (done === true) continue;
      left += 1;
      yield value;
    }
  }
}

/** What stands aside comes last: nothing that it costs is taken from what decides. */
const asideLast = (runs: readonly DueRun[]): DueRun[] => [
  ...runs.filter(({ plan }) => !isAside(plan)),
  ...runs.filter(({ plan }) => isAside(plan)),
];

/**
 * All runs in order: per chapter its scenarios, then generated plans; what stands aside after all
 * chapters; advisory dialects last.
 * @param generated plans per chapter; of more than a portion the rest is what laterRuns makes
 */
export const dueRuns = (
  chapters: readonly Chapter[],
  profile: Profile,
  options: {
    seed: number;
    generated: number;
    dialects: readonly DialectName[];
    deep?: boolean;
    schedulesMax?: number;
    /** Profiles of the module's further map types. */
    others?: readonly Profile[];
  },
): DueRun[] =>
  options.dialects.flatMap((dialect) => {
    const others = dialect === 'as-documented' ? (options.others ?? []) : [];
    const runs = chapters.flatMap((chapter): DueRun[] => {
      if (dialect === 'detach-first' && !detachFirstChapters.includes(chapter.name)) return [];
      if (dialect === 'as-shipped' && agreedChapters.includes(chapter.name)) return [];
      const scenarios = scenariosOf(
        chapter,
        profile,
        dialect,
        options.deep ?? false,
        options.schedulesMax ?? (options.deep ? Infinity : schedulesUsual),
        chapters,
      );
      if (dialect !== 'as-documented' || profile.accepted.length === 0) return scenarios;
      const [first = []] = generatedRuns(chapter, profile, options);
      return [...scenarios, ...first];
    });
    return asideLast([...runs, ...others.flatMap((other) => runsOfType(chapters, other))]);
  });

/** Chapters about what one map does: every type of a module goes through their scenarios. */
const perTypeChapters = [
  ...['registration', 'creation', 'lifecycle', 'unload', 'association', 'lookup', 'update'],
  ...['deletion', 'flags', 'caller', 'epoch'],
];

/** The scenarios of those chapters for a further map type. */
const runsOfType = (chapters: readonly Chapter[], profile: Profile): DueRun[] => {
  if (profile.accepted.length === 0) return [];
  return chapters
    .filter(({ name }) => perTypeChapters.includes(name))
    .flatMap((chapter) => scenariosOf(chapter, profile, 'as-documented', false, 0, chapters))
    .filter(({ exhaustive }) => !exhaustive)
    .map((run) => ({
      ...run,
      plan: {
        ...run.plan,
        name: `${run.plan.name}, map type ${profile.mapType}`,
        conditions: { ...run.plan.conditions, map_type: profile.mapType },
      },
    }));
};
