/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as IRQL_001 } from './IRQL-001.ts';
import { rule as IRQL_002 } from './IRQL-002.ts';
import { rule as IRQL_003 } from './IRQL-003.ts';
import { rule as IRQL_004 } from './IRQL-004.ts';
import { rule as IRQL_005 } from './IRQL-005.ts';
import { rule as IRQL_006 } from './IRQL-006.ts';
import { rule as IRQL_007 } from './IRQL-007.ts';
import { rule as IRQL_008 } from './IRQL-008.ts';
import { rule as IRQL_009 } from './IRQL-009.ts';
import { rule as IRQL_010 } from './IRQL-010.ts';
import { rule as PROC_001 } from './PROC-001.ts';
import { rule as PROC_002 } from './PROC-002.ts';
import { rule as PROC_003 } from './PROC-003.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'caller',
  about: 'the IRQL and the process in which callbacks run',
  requirements: [
    IRQL_001,
    IRQL_002,
    IRQL_003,
    IRQL_004,
    IRQL_005,
    IRQL_006,
    IRQL_007,
    IRQL_008,
    IRQL_009,
    IRQL_010,
    PROC_001,
    PROC_002,
    PROC_003,
  ],
  scenarios,
});
