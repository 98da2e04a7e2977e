/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'unload',
  about: 'how a provider leaves, with maps alive or without',
  requirements,
  scenarios,
});
