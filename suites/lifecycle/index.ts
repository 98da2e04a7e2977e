/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'lifecycle',
  about: 'how maps begin, end and leave nothing behind',
  requirements,
  scenarios,
});
