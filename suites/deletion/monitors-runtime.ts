/**
 * CRUD-DEL for runtimes: when the delete callbacks are called, with what, and what their answers
 * mean.
 */

import { isPlainLookup, type KeyOperation } from '../state/base-contents.ts';

export const removes = ({ operation }: KeyOperation): boolean =>
  operation.op === 'delete' ||
  (operation.op === 'find' && operation.delete === true && isPlainLookup(operation));
