/**
 * When all plans are through, some again with one allocation failing at a time: a few in every
 * certification, each kind in every chapter with `--low-memory`.
 */
import { lowMemoryRuns, shownIn, type Extent, type Shown } from '../explore/low-memory.ts';
import type { SubjectContext } from '../check/subject.ts';
import type { Chapter } from '../conclude/chapter.ts';
import type { CampaignOptions } from './campaign.ts';
import type { DueRun } from './plans.ts';

/**
 * What a campaign needs to be swept before its later runs. Allocations are looked up in the traces
 * of the scenarios themselves: a run of its own to find them would lose a crashing subject where
 * nobody judges that.
 */
export const lowMemorySweep = (
  chapters: readonly Chapter[],
  extent: Extent,
  later: Iterable<readonly DueRun[]> = [],
): Required<Pick<CampaignOptions, 'heard' | 'later'>> => {
  const probes = chapters
    .flatMap(({ requirements }) => requirements)
    .flatMap(({ id, isSwept }) => (isSwept ? [id] : []));
  const shown = new Map<DueRun, Shown>();
  return {
    heard: (run, trace) => {
      const isScenario = run.dialect === 'as-documented' && !run.generated && !run.exhaustive;
      // A subject that is lost without any of this would be lost again, and want of memory blamed.
      const isLost = trace.some(({ kind }) => kind === 'lost');
      if (isScenario && !isLost) shown.set(run, shownIn(trace));
    },
    later: inTurn(() => lowMemoryRuns(shown, extent, probes), later),
  };
};

/**
 * What is swept of a subject. A module's pool is spared unless its want is asked for: a model may
 * take it for endless otherwise (docs/PROVIDERS.md).
 */
export const extentFor = (kind: SubjectContext['kind'], isAsked: boolean): Extent => ({
  of: isAsked ? 'each kind' : 'each site',
  pool: isAsked || kind !== 'in-process',
});

/** The sweep, made when all that it was counted in is through, and what comes after it. */
function* inTurn(
  sweep: () => readonly DueRun[],
  later: Iterable<readonly DueRun[]>,
): Generator<readonly DueRun[]> {
  yield sweep();
  yield* later;
}
