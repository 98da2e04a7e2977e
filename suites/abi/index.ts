/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'abi',
  about: 'layouts, versions and sizes on both sides',
  requirements,
  scenarios,
});
