/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as CTX_001 } from './CTX-001.ts';
import { rule as CTX_002 } from './CTX-002.ts';
import { rule as CTX_003 } from './CTX-003.ts';
import { rule as CTX_004 } from './CTX-004.ts';
import { rule as CTX_005 } from './CTX-005.ts';
import { rule as HELP_001 } from './HELP-001.ts';
import { rule as HELP_002 } from './HELP-002.ts';
import { rule as HELP_003 } from './HELP-003.ts';
import { rule as HELP_004 } from './HELP-004.ts';
import { rule as HELP_005 } from './HELP-005.ts';
import { rule as HELP_006 } from './HELP-006.ts';
import { rule as HELP_007 } from './HELP-007.ts';
import { rule as HELP_008 } from './HELP-008.ts';
import { rule as HELP_009 } from './HELP-009.ts';
import { rule as HELP_010 } from './HELP-010.ts';
import { rule as HELP_011 } from './HELP-011.ts';
import { rule as HELP_012 } from './HELP-012.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'helpers',
  about: 'BPF programs on custom maps, the helpers of a provider, and the offset they go by',
  requirements: [
    HELP_001,
    HELP_002,
    HELP_003,
    HELP_004,
    HELP_005,
    HELP_006,
    HELP_007,
    HELP_008,
    HELP_009,
    HELP_010,
    HELP_011,
    HELP_012,
    CTX_001,
    CTX_002,
    CTX_003,
    CTX_004,
    CTX_005,
  ],
  scenarios,
});
