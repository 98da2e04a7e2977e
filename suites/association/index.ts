/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as ASSOC_001 } from './ASSOC-001.ts';
import { rule as ASSOC_002 } from './ASSOC-002.ts';
import { rule as ASSOC_003 } from './ASSOC-003.ts';
import { rule as ASSOC_004 } from './ASSOC-004.ts';
import { rule as ASSOC_005 } from './ASSOC-005.ts';
import { rule as ASSOC_006 } from './ASSOC-006.ts';
import { rule as ASSOC_007 } from './ASSOC-007.ts';
import { rule as ASSOC_008 } from './ASSOC-008.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'association',
  about: 'which programs may use a map',
  requirements: [
    ASSOC_001,
    ASSOC_002,
    ASSOC_003,
    ASSOC_004,
    ASSOC_005,
    ASSOC_006,
    ASSOC_007,
    ASSOC_008,
  ],
  scenarios,
});
