/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as CONC_001 } from './CONC-001.ts';
import { rule as CONC_002 } from './CONC-002.ts';
import { rule as CONC_003 } from './CONC-003.ts';
import { rule as CONC_004 } from './CONC-004.ts';
import { rule as CONC_005 } from './CONC-005.ts';
import { rule as CONC_006 } from './CONC-006.ts';
import { rule as CONC_007 } from './CONC-007.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'concurrency',
  about: 'operations of several actors under way at the same time, phase by phase',
  requirements: [CONC_001, CONC_002, CONC_003, CONC_004, CONC_005, CONC_006, CONC_007],
  scenarios,
});
