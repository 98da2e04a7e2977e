/** CRUD-FIND: looking a value up. */

import { createsMaps, hasFind, hasValues, when } from '../state/applies.ts';

export const hasFindAndValues = when(hasFind, createsMaps, hasValues);
