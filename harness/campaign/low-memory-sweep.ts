/**
 * `--low-memory`: when all plans are through, each that was seen to allocate again, one allocation
 * failing at a time.
 */
import { allocationsIn, lowMemoryRuns } from '../explore/low-memory.ts';
import type { Chapter } from '../conclude/suite.ts';
import type { CampaignOptions } from './campaign.ts';
import type { DueRun } from './plans.ts';

/**
 * What a campaign needs to be swept before its later runs. Allocations are counted in the traces of
 * the scenarios themselves: a run of its own to count them would lose a crashing subject where
 * nobody judges that.
 */
export const lowMemorySweep = (
  chapters: readonly Chapter[],
  later: Iterable<readonly DueRun[]> = [],
): Required<Pick<CampaignOptions, 'heard' | 'later'>> => {
  const probes = chapters
    .flatMap(({ requirements }) => requirements)
    .flatMap(({ id, isSwept }) => (isSwept ? [id] : []));
  const seen = new Map<DueRun, number>();
  return {
    heard: (run, trace) => {
      const isScenario = run.dialect === 'as-documented' && !run.generated && !run.exhaustive;
      // A subject that is lost without any of this would be lost again, and want of memory blamed.
      const isLost = trace.some(({ kind }) => kind === 'lost');
      if (isScenario && !isLost) seen.set(run, allocationsIn(trace));
    },
    later: inTurn(
      () => lowMemoryRuns([...seen.keys()], (run) => seen.get(run) ?? 0, probes),
      later,
    ),
  };
};

/** The sweep, made when all that it was counted in is through, and what comes after it. */
function* inTurn(
  sweep: () => readonly DueRun[],
  later: Iterable<readonly DueRun[]>,
): Generator<readonly DueRun[]> {
  yield sweep();
  yield* later;
}
