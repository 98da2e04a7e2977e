/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as UNLOAD_001 } from './UNLOAD-001.ts';
import { rule as UNLOAD_002 } from './UNLOAD-002.ts';
import { rule as UNLOAD_003 } from './UNLOAD-003.ts';
import { rule as UNLOAD_004 } from './UNLOAD-004.ts';
import { rule as UNLOAD_005 } from './UNLOAD-005.ts';
import { rule as UNLOAD_006 } from './UNLOAD-006.ts';
import { rule as UNLOAD_007 } from './UNLOAD-007.ts';
import { rule as UNLOAD_008 } from './UNLOAD-008.ts';
import { rule as UNLOAD_009 } from './UNLOAD-009.ts';
import { rule as UNLOAD_010 } from './UNLOAD-010.ts';
import { rule as UNLOAD_011 } from './UNLOAD-011.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'unload',
  about: 'how a provider leaves, with maps alive or without',
  requirements: [
    UNLOAD_001,
    UNLOAD_002,
    UNLOAD_003,
    UNLOAD_004,
    UNLOAD_005,
    UNLOAD_006,
    UNLOAD_007,
    UNLOAD_008,
    UNLOAD_009,
    UNLOAD_010,
    UNLOAD_011,
  ],
  scenarios,
});
