/** The chapter as one value. */
import { defineChapter } from '../../harness/index.ts';
import { declaredRefusals } from './declared-refusals.ts';
import { rule as CRUD_UPD_001 } from './CRUD-UPD-001.ts';
import { rule as CRUD_UPD_002 } from './CRUD-UPD-002.ts';
import { rule as CRUD_UPD_003 } from './CRUD-UPD-003.ts';
import { rule as CRUD_UPD_004 } from './CRUD-UPD-004.ts';
import { rule as CRUD_UPD_005 } from './CRUD-UPD-005.ts';
import { rule as CRUD_UPD_006 } from './CRUD-UPD-006.ts';
import { rule as CRUD_UPD_007 } from './CRUD-UPD-007.ts';
import { rule as CRUD_UPD_008 } from './CRUD-UPD-008.ts';
import { rule as CRUD_UPD_009 } from './CRUD-UPD-009.ts';
import { rule as CRUD_UPD_010 } from './CRUD-UPD-010.ts';
import { rule as CRUD_UPD_011 } from './CRUD-UPD-011.ts';
import { rule as CRUD_UPD_012 } from './CRUD-UPD-012.ts';
import { rule as CRUD_UPD_013 } from './CRUD-UPD-013.ts';
import { rule as CRUD_UPD_014 } from './CRUD-UPD-014.ts';
import { rule as CRUD_UPD_015 } from './CRUD-UPD-015.ts';
import { rule as CRUD_UPD_016 } from './CRUD-UPD-016.ts';
import { rule as CRUD_UPD_017 } from './CRUD-UPD-017.ts';
import { rule as CRUD_UPD_018 } from './CRUD-UPD-018.ts';
import { rule as CRUD_UPD_019 } from './CRUD-UPD-019.ts';
import { rule as CRUD_UPD_020 } from './CRUD-UPD-020.ts';
import { rule as CRUD_UPD_021 } from './CRUD-UPD-021.ts';
import { rule as CRUD_UPD_022 } from './CRUD-UPD-022.ts';
import { scenarios } from './scenarios.ts';

export const chapter = defineChapter({
  name: 'update',
  about: 'what storing a value takes and what becomes of what it took',
  requirements: [
    CRUD_UPD_001,
    CRUD_UPD_002,
    CRUD_UPD_003,
    CRUD_UPD_004,
    CRUD_UPD_005,
    CRUD_UPD_006,
    CRUD_UPD_007,
    CRUD_UPD_008,
    CRUD_UPD_009,
    CRUD_UPD_010,
    CRUD_UPD_011,
    CRUD_UPD_012,
    CRUD_UPD_013,
    CRUD_UPD_014,
    CRUD_UPD_015,
    CRUD_UPD_016,
    CRUD_UPD_017,
    CRUD_UPD_018,
    CRUD_UPD_019,
    CRUD_UPD_020,
    CRUD_UPD_021,
    CRUD_UPD_022,
  ],
  scenarios: [...scenarios, ...declaredRefusals],
});
