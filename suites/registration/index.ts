/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'registration',
  about: 'what a provider registers, and how it meets its clients',
  requirements,
  scenarios,
});
