/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'deletion',
  about: 'what the delete callbacks release, and when',
  requirements,
  scenarios,
});
