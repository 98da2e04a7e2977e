/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as FLAG_001 } from './FLAG-001.ts';
import { rule as FLAG_002 } from './FLAG-002.ts';
import { rule as FLAG_003 } from './FLAG-003.ts';
import { rule as FLAG_004 } from './FLAG-004.ts';
import { rule as FLAG_005 } from './FLAG-005.ts';
import { rule as FLAG_006 } from './FLAG-006.ts';
import { rule as FLAG_007 } from './FLAG-007.ts';
import { rule as SIZE_001 } from './SIZE-001.ts';
import { rule as SIZE_002 } from './SIZE-002.ts';
import { rule as SIZE_003 } from './SIZE-003.ts';
import { rule as SIZE_004 } from './SIZE-004.ts';
import { rule as SIZE_005 } from './SIZE-005.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'flags',
  about: 'the flags and sizes that go with every element callback',
  requirements: [
    FLAG_001,
    FLAG_002,
    FLAG_003,
    FLAG_004,
    FLAG_005,
    FLAG_006,
    FLAG_007,
    SIZE_001,
    SIZE_002,
    SIZE_003,
    SIZE_004,
    SIZE_005,
  ],
  scenarios,
});
