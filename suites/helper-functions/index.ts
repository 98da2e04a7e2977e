/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { requirements } from './requirements.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'helpers',
  about: 'BPF programs on custom maps, the helpers of a provider, and the offset they go by',
  requirements,
  scenarios,
});
