/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'epoch',
  about: 'epochs, epoch memory, and readers that both protect',
  requirements,
  scenarios,
});
