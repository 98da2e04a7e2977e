/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as ABI_001 } from './ABI-001.ts';
import { rule as ABI_002 } from './ABI-002.ts';
import { rule as ABI_003 } from './ABI-003.ts';
import { rule as ABI_004 } from './ABI-004.ts';
import { rule as ABI_005 } from './ABI-005.ts';
import { rule as ABI_006 } from './ABI-006.ts';
import { rule as ABI_007 } from './ABI-007.ts';
import { rule as ABI_008 } from './ABI-008.ts';
import { rule as ABI_009 } from './ABI-009.ts';
import { rule as ABI_010 } from './ABI-010.ts';
import { rule as ABI_011 } from './ABI-011.ts';
import { rule as ABI_012 } from './ABI-012.ts';
import { rule as ABI_013 } from './ABI-013.ts';
import { rule as ABI_014 } from './ABI-014.ts';
import { rule as ABI_015 } from './ABI-015.ts';
import { rule as ABI_016 } from './ABI-016.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'abi',
  about: 'layouts, versions and sizes on both sides',
  requirements: [
    ABI_001,
    ABI_002,
    ABI_003,
    ABI_004,
    ABI_005,
    ABI_006,
    ABI_007,
    ABI_008,
    ABI_009,
    ABI_010,
    ABI_011,
    ABI_012,
    ABI_013,
    ABI_014,
    ABI_015,
    ABI_016,
  ],
  scenarios,
});
