/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as DISC_001 } from './DISC-001.ts';
import { rule as DISC_002 } from './DISC-002.ts';
import { rule as DISC_003 } from './DISC-003.ts';
import { rule as DISC_004 } from './DISC-004.ts';
import { rule as DISC_005 } from './DISC-005.ts';
import { rule as DISC_006 } from './DISC-006.ts';
import { rule as DISC_007 } from './DISC-007.ts';
import { rule as DISC_008 } from './DISC-008.ts';
import { rule as DISC_009 } from './DISC-009.ts';
import { rule as DISC_010 } from './DISC-010.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'discovery',
  about: 'how a runtime finds the provider of a custom map',
  requirements: [
    DISC_001,
    DISC_002,
    DISC_003,
    DISC_004,
    DISC_005,
    DISC_006,
    DISC_007,
    DISC_008,
    DISC_009,
    DISC_010,
  ],
  scenarios,
});
