/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as CRE_001 } from './CRE-001.ts';
import { rule as CRE_002 } from './CRE-002.ts';
import { rule as CRE_003 } from './CRE-003.ts';
import { rule as CRE_004 } from './CRE-004.ts';
import { rule as CRE_005 } from './CRE-005.ts';
import { rule as CRE_006 } from './CRE-006.ts';
import { rule as CRE_007 } from './CRE-007.ts';
import { rule as CRE_008 } from './CRE-008.ts';
import { rule as CRE_009 } from './CRE-009.ts';
import { rule as CRE_010 } from './CRE-010.ts';
import { rule as CRE_011 } from './CRE-011.ts';
import { rule as CRE_012 } from './CRE-012.ts';
import { rule as CRE_013 } from './CRE-013.ts';
import { rule as CRE_014 } from './CRE-014.ts';
import { rule as CRE_015 } from './CRE-015.ts';
import { rule as CRE_016 } from './CRE-016.ts';
import { rule as CRE_017 } from './CRE-017.ts';
import { rule as CRE_018 } from './CRE-018.ts';
import { rule as CRE_019 } from './CRE-019.ts';
import { rule as CRE_020 } from './CRE-020.ts';
import { rule as CRE_021 } from './CRE-021.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'creation',
  about: 'how maps come to be, refuse to, and live beside each other',
  requirements: [
    CRE_003,
    CRE_004,
    CRE_005,
    CRE_006,
    CRE_007,
    CRE_008,
    CRE_009,
    CRE_010,
    CRE_011,
    CRE_012,
    CRE_013,
    CRE_019,
    CRE_021,
    CRE_001,
    CRE_002,
    CRE_014,
    CRE_015,
    CRE_016,
    CRE_017,
    CRE_018,
    CRE_020,
  ],
  scenarios,
});
