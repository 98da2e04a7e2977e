/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'enum',
  about: 'where map type ids come from',
  requirements,
  scenarios,
});
