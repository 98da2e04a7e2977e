/** A chapter of the law: its rules with their monitors, and its scenarios. */
import type { Requirement } from '../check/requirement.ts';
import type { Scenario } from '../explore/scenario.ts';

/**
 * Rules that belong together, and the plans that put them to the test.
 * @example
 * const namesOf = ({ requirements }: Chapter): string[] => requirements.map(({ id }) => id);
 */
export type Chapter = {
  name: string;
  /** What the chapter is about, one line. */
  about: string;
  requirements: readonly Requirement[];
  scenarios: readonly Scenario[];
};

/**
 * Types a chapter where it is written.
 * @example
 * const chapter = defineChapter({
 *   ...{ name: 'mine', about: 'what is mine', requirements: [], scenarios: [] },
 * });
 */
export const defineChapter = (chapter: Chapter): Chapter => chapter;
