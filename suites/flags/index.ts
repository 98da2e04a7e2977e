/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'flags',
  about: 'the flags and sizes that go with every element callback',
  requirements,
  scenarios,
});
