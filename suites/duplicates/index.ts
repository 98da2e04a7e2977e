/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as DUP_001 } from './DUP-001.ts';
import { rule as DUP_002 } from './DUP-002.ts';
import { rule as DUP_003 } from './DUP-003.ts';
import { rule as DUP_004 } from './DUP-004.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'duplicates',
  about: 'two providers for one map type',
  requirements: [DUP_001, DUP_002, DUP_003, DUP_004],
  scenarios,
});
