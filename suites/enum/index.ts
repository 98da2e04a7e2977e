/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as ENUM_001 } from './ENUM-001.ts';
import { rule as ENUM_002 } from './ENUM-002.ts';
import { rule as ENUM_003 } from './ENUM-003.ts';
import { rule as ENUM_004 } from './ENUM-004.ts';
import { rule as ENUM_005 } from './ENUM-005.ts';
import { rule as ENUM_006 } from './ENUM-006.ts';
import { rule as ENUM_007 } from './ENUM-007.ts';
import { rule as ENUM_008 } from './ENUM-008.ts';
import { rule as ENUM_009 } from './ENUM-009.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'enum',
  about: 'where map type ids come from',
  requirements: [
    ENUM_001,
    ENUM_002,
    ENUM_003,
    ENUM_004,
    ENUM_005,
    ENUM_006,
    ENUM_007,
    ENUM_008,
    ENUM_009,
  ],
  scenarios,
});
