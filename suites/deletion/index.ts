/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { rule as CRUD_DEL_001 } from './CRUD-DEL-001.ts';
import { rule as CRUD_DEL_002 } from './CRUD-DEL-002.ts';
import { rule as CRUD_DEL_003 } from './CRUD-DEL-003.ts';
import { rule as CRUD_DEL_004 } from './CRUD-DEL-004.ts';
import { rule as CRUD_DEL_005 } from './CRUD-DEL-005.ts';
import { rule as CRUD_DEL_006 } from './CRUD-DEL-006.ts';
import { rule as CRUD_DEL_007 } from './CRUD-DEL-007.ts';
import { rule as CRUD_DEL_008 } from './CRUD-DEL-008.ts';
import { rule as CRUD_DEL_009 } from './CRUD-DEL-009.ts';
import { rule as CRUD_DEL_010 } from './CRUD-DEL-010.ts';
import { rule as CRUD_DEL_011 } from './CRUD-DEL-011.ts';
import { rule as CRUD_DEL_012 } from './CRUD-DEL-012.ts';
import { rule as CRUD_DEL_013 } from './CRUD-DEL-013.ts';
import { rule as CRUD_DEL_014 } from './CRUD-DEL-014.ts';
import { rule as CRUD_DEL_015 } from './CRUD-DEL-015.ts';
import { rule as CRUD_DEL_016 } from './CRUD-DEL-016.ts';
import { rule as CRUD_DEL_017 } from './CRUD-DEL-017.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'deletion',
  about: 'what the delete callbacks release, and when',
  requirements: [
    CRUD_DEL_001,
    CRUD_DEL_002,
    CRUD_DEL_003,
    CRUD_DEL_004,
    CRUD_DEL_005,
    CRUD_DEL_006,
    CRUD_DEL_007,
    CRUD_DEL_008,
    CRUD_DEL_009,
    CRUD_DEL_010,
    CRUD_DEL_011,
    CRUD_DEL_012,
    CRUD_DEL_013,
    CRUD_DEL_014,
    CRUD_DEL_015,
    CRUD_DEL_016,
    CRUD_DEL_017,
  ],
  scenarios,
});
