/**
 * Counterexamples of earlier runs as runs of this one: made before all else, and judged as any
 * other by every rule.
 */
import type { DueRun } from '../campaign/plans.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { UsageError } from '../errors/errors.ts';
import { CHAPTERS } from './chapters.ts';

const chapterOf = ({ plan, requirement }: ReplayFile): string =>
  CHAPTERS.find(({ name }) => name === plan.suite)?.name ??
  CHAPTERS.find(({ requirements }) => requirements.some(({ id }) => id === requirement))?.name ??
  CHAPTERS[0]!.name;

/** The runs of counterexamples that were found on a subject of this role. */
export const regressionRuns = (
  files: readonly ReplayFile[],
  role: 'provider' | 'runtime',
): DueRun[] =>
  files.map((file) => {
    const { plan, choices, requirement, subject } = file;
    if ((subject.kind === 'runtime') !== (role === 'runtime'))
      throw new UsageError(
        `the counterexample of ${requirement} is of a ${subject.kind} subject; a ${role} is judged here`,
      );
    const suite = chapterOf(file);
    const dialect = plan.conditions?.dialect ?? 'as-documented';
    const name = `regression of ${requirement}: ${plan.name}`;
    return { plan: { ...plan, name, suite }, choices, suite, dialect, generated: false };
  });

/** That they were run, for the reader. */
export const regressionNotes = (files: readonly ReplayFile[] = []): string[] =>
  files.length === 0
    ? []
    : [`run before all else: counterexamples of earlier runs, ${files.length}`];
