/** Scenarios: hand-written plans of a chapter, shaped by the profile of the subject. */
import type { Profile } from '../provider/profile.ts';
import type { ExhaustiveSearch } from './exhaustive.ts';
import type { Plan } from '../trace/plan.ts';

/**
 * A plan as a scenario gives it, with the choices of its schedule if it needs a particular one.
 * Probes of its own stand for those of the scenario.
 */
export type ScenarioPlan = Omit<Plan, 'name' | 'suite'> & { choices?: number[] };

/**
 * A plan of a chapter, or several, and what they are for.
 * @example
 * const scenario: Scenario = {
 *   name: 'a map comes and goes',
 *   probes: ['LIFE-002'],
 *   plan: () => sequential('', [{ op: 'start' }, { op: 'create', map: 0 }]),
 * };
 */
export type Scenario = {
  /** Walks every schedule of its plans up to a bound, not just the one of `choices`. */
  exhaustive?: ExhaustiveSearch;
  /** Too long for a default run: only when asked for (`deep` of dueRuns). */
  deep?: true;
  /**
   * Chapters whose rules judge its plans, where all of them would take too long over very many
   * operations.
   */
  judgedBy?: readonly string[];
  /** Unique within its chapter; a plain sentence fragment (`three ways a map ends`). */
  name: string;
  /**
   * Rules that it is meant to exercise; a loss of the subject in it is blamed on these when no
   * monitor claims it.
   */
  probes: string[];
  /** The plan for this profile, several, or null when the profile rules it out. */
  plan: (profile: Profile) => ScenarioPlan | ScenarioPlan[] | null;
  /**
   * Dialects it runs in. Default: all. A probe whose condition is its own (`foreign_cleanup`) and
   * the same in every dialect runs in `as-documented` only.
   */
  dialects?: readonly ('as-documented' | 'as-shipped' | 'detach-first')[];
};
