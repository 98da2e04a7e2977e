/**
 * Rules that cannot be seen. A violation that is seen all the same counts; without one, these rules
 * are not judged, with the reason given: a pass would say more than was seen.
 */
import type { BlindSpot } from '../provider/blind-spot.ts';
import type { Chapter } from './chapter.ts';

/** The rules that cannot pass where these things are hidden, each with the reason. */
export const unseenRules = (
  chapters: readonly Chapter[],
  hidden: readonly (BlindSpot | 'transcripts')[],
): Record<string, string> =>
  Object.fromEntries(
    chapters
      .flatMap(({ requirements }) => requirements)
      .flatMap(({ id, blindSpots }) =>
        hidden.flatMap((spot) => (blindSpots?.[spot] ? [[id, blindSpots[spot]] as const] : [])),
      ),
  );
