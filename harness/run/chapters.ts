/**
 * The one way from the engine to the suites: the chapters, whose a loss is, and what the base map
 * of a runtime must do. Nothing below run/ may know them; it is handed in.
 */
import { baseMapFindings } from '../../suites/base-map/model.ts';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { ownersOfRuntimeLoss } from '../../suites/owners-of-losses.ts';
import type { RuntimeLaw } from '../runtime/runtime-judging.ts';

export { CHAPTERS };
export { ownersOfLoss } from '../../suites/owners-of-losses.ts';

/** What runtimes are judged by. */
export const RUNTIME_LAW: RuntimeLaw = {
  chapters: CHAPTERS,
  ownersOfLoss: ownersOfRuntimeLoss,
  baseMap: baseMapFindings,
};
