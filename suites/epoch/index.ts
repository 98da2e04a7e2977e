/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as EPOCH_001 } from './EPOCH-001.ts';
import { rule as EPOCH_002 } from './EPOCH-002.ts';
import { rule as EPOCH_003 } from './EPOCH-003.ts';
import { rule as EPOCH_004 } from './EPOCH-004.ts';
import { rule as EPOCH_005 } from './EPOCH-005.ts';
import { rule as EPOCH_006 } from './EPOCH-006.ts';
import { rule as EPOCH_007 } from './EPOCH-007.ts';
import { rule as EPOCH_008 } from './EPOCH-008.ts';
import { rule as EPOCH_009 } from './EPOCH-009.ts';
import { rule as EPOCH_010 } from './EPOCH-010.ts';
import { rule as EPOCH_011 } from './EPOCH-011.ts';
import { rule as EPOCH_012 } from './EPOCH-012.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'epoch',
  about: 'epochs, epoch memory, and readers that both protect',
  requirements: [
    EPOCH_001,
    EPOCH_002,
    EPOCH_003,
    EPOCH_004,
    EPOCH_005,
    EPOCH_006,
    EPOCH_007,
    EPOCH_008,
    EPOCH_009,
    EPOCH_010,
    EPOCH_011,
    EPOCH_012,
  ],
  scenarios,
});
