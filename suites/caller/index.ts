/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'caller',
  about: 'the IRQL and the process in which callbacks run',
  requirements,
  scenarios,
});
