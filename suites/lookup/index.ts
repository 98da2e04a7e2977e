/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'lookup',
  about: 'how values are looked up, and that looking changes nothing',
  requirements,
  scenarios,
});
