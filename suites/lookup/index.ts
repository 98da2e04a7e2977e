/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as CRUD_FIND_001 } from './CRUD-FIND-001.ts';
import { rule as CRUD_FIND_002 } from './CRUD-FIND-002.ts';
import { rule as CRUD_FIND_003 } from './CRUD-FIND-003.ts';
import { rule as CRUD_FIND_004 } from './CRUD-FIND-004.ts';
import { rule as CRUD_FIND_005 } from './CRUD-FIND-005.ts';
import { rule as CRUD_FIND_006 } from './CRUD-FIND-006.ts';
import { rule as CRUD_FIND_007 } from './CRUD-FIND-007.ts';
import { rule as CRUD_FIND_008 } from './CRUD-FIND-008.ts';
import { rule as CRUD_FIND_009 } from './CRUD-FIND-009.ts';
import { rule as CRUD_FIND_010 } from './CRUD-FIND-010.ts';
import { rule as CRUD_FIND_011 } from './CRUD-FIND-011.ts';
import { rule as CRUD_FIND_012 } from './CRUD-FIND-012.ts';
import { rule as CRUD_FIND_013 } from './CRUD-FIND-013.ts';
import { rule as CRUD_FIND_014 } from './CRUD-FIND-014.ts';
import { rule as CRUD_FIND_015 } from './CRUD-FIND-015.ts';
import { rule as CRUD_FIND_016 } from './CRUD-FIND-016.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'lookup',
  about: 'how values are looked up, and that looking changes nothing',
  requirements: [
    CRUD_FIND_001,
    CRUD_FIND_002,
    CRUD_FIND_003,
    CRUD_FIND_004,
    CRUD_FIND_005,
    CRUD_FIND_006,
    CRUD_FIND_007,
    CRUD_FIND_008,
    CRUD_FIND_009,
    CRUD_FIND_010,
    CRUD_FIND_011,
    CRUD_FIND_012,
    CRUD_FIND_013,
    CRUD_FIND_014,
    CRUD_FIND_015,
    CRUD_FIND_016,
  ],
  scenarios,
});
