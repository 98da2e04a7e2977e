/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'creation',
  about: 'how maps come to be, refuse to, and live beside each other',
  requirements,
  scenarios,
});
