/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'discovery',
  about: 'how a runtime finds the provider of a custom map',
  requirements,
  scenarios,
});
