/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as LIFE_001 } from './LIFE-001.ts';
import { rule as LIFE_002 } from './LIFE-002.ts';
import { rule as LIFE_003 } from './LIFE-003.ts';
import { rule as LIFE_004 } from './LIFE-004.ts';
import { rule as LIFE_005 } from './LIFE-005.ts';
import { rule as LIFE_006 } from './LIFE-006.ts';
import { rule as LIFE_007 } from './LIFE-007.ts';
import { rule as LIFE_008 } from './LIFE-008.ts';
import { rule as LIFE_009 } from './LIFE-009.ts';
import { rule as LIFE_010 } from './LIFE-010.ts';
import { rule as LIFE_011 } from './LIFE-011.ts';
import { rule as PIN_001 } from './PIN-001.ts';
import { rule as PIN_002 } from './PIN-002.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'lifecycle',
  about: 'how maps begin, end and leave nothing behind',
  requirements: [
    LIFE_002,
    LIFE_003,
    LIFE_004,
    LIFE_005,
    LIFE_006,
    LIFE_009,
    LIFE_011,
    LIFE_001,
    LIFE_007,
    LIFE_008,
    LIFE_010,
    PIN_001,
    PIN_002,
  ],
  scenarios,
});
