/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as REG_001 } from './REG-001.ts';
import { rule as REG_002 } from './REG-002.ts';
import { rule as REG_003 } from './REG-003.ts';
import { rule as REG_004 } from './REG-004.ts';
import { rule as REG_005 } from './REG-005.ts';
import { rule as REG_006 } from './REG-006.ts';
import { rule as REG_007 } from './REG-007.ts';
import { rule as REG_008 } from './REG-008.ts';
import { rule as REG_009 } from './REG-009.ts';
import { rule as REG_010 } from './REG-010.ts';
import { rule as REG_011 } from './REG-011.ts';
import { rule as REG_012 } from './REG-012.ts';
import { rule as REG_013 } from './REG-013.ts';
import { rule as REG_014 } from './REG-014.ts';
import { rule as REG_015 } from './REG-015.ts';
import { rule as REG_016 } from './REG-016.ts';
import { rule as REG_017 } from './REG-017.ts';
import { rule as REG_018 } from './REG-018.ts';
import { rule as REG_019 } from './REG-019.ts';
import { rule as REG_020 } from './REG-020.ts';
import { rule as REG_021 } from './REG-021.ts';
import { rule as REG_022 } from './REG-022.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'registration',
  about: 'what a provider registers, and how it meets its clients',
  requirements: [
    REG_001,
    REG_002,
    REG_003,
    REG_004,
    REG_005,
    REG_006,
    REG_007,
    REG_008,
    REG_009,
    REG_010,
    REG_011,
    REG_012,
    REG_013,
    REG_014,
    REG_015,
    REG_016,
    REG_017,
    REG_018,
    REG_019,
    REG_020,
    REG_021,
    REG_022,
  ],
  scenarios,
});
