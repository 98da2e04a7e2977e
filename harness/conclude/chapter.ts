/** A chapter of the law: its rules with their monitors, and its scenarios. */
import type { Requirement } from '../check/requirement.ts';
import type { Scenario } from '../explore/scenario.ts';

export type Chapter = {
  name: string;
  /** What the chapter is about, one line. */
  about: string;
  requirements: readonly Requirement[];
  scenarios: readonly Scenario[];
};

export const defineChapter = (chapter: Chapter): Chapter => chapter;
