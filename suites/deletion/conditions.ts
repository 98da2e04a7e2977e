/** CRUD-DEL: letting go of a value. */

import { createsMaps, hasDelete, hasValues, isPreprocess, when } from '../state/applies.ts';

export const deletes = when(hasDelete, createsMaps, hasValues);
export const preprocess = when(isPreprocess, createsMaps, hasValues);

export const evidence =
  "By the provider's own counter where it has one, by blocks and references left at unload, by " +
  'double releases and by what lookups show.';
