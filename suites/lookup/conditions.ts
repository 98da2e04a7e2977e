/** CRUD-FIND: looking a value up. */

import { createsMaps, hasFind, hasValues, lookupsAsDeclared, when } from '../state/applies.ts';

export const hasFindAndValues = when(hasFind, createsMaps, hasValues);

/** The same, of lookups that succeed or are said to be refused. */
export const hasFindAndValuesShown = when(hasFind, createsMaps, hasValues, lookupsAsDeclared);
