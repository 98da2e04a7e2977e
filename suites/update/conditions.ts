/** CRUD-UPD: storing a value. */

import { createsMaps, hasDelete, hasUpdate, hasValues, when } from '../state/applies.ts';

export const updates = when(hasUpdate, createsMaps, hasValues);
export const updatesAndDeletes = when(hasUpdate, hasDelete, createsMaps, hasValues);

export const evidence =
  "By the provider's own counter where it has one, by blocks and references left at unload, by " +
  'double releases and by what lookups show.';
