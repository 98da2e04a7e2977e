/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'concurrency',
  about: 'operations of several actors under way at the same time, phase by phase',
  requirements,
  scenarios,
});
