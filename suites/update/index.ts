/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { declaredRefusals } from './declared-refusals.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'update',
  about: 'what storing a value takes and what becomes of what it took',
  requirements,
  scenarios: [...scenarios, ...declaredRefusals],
});
