/** Which callbacks of a step were made inside which: a transcript lists them by return. */
import type { ObservedCallback } from './transcript.ts';

const reentrant = /^<reentrant (find|update|delete) from (find|update|delete)>$/;

/**
 * A list of callbacks by return, as a tree: a re-entrant operation belongs to the callback after
 * it.
 */
export type CallTree = { callback: ObservedCallback; nested: NestedOperation | null };
export type NestedOperation = {
  op: 'find' | 'update' | 'delete';
  result: string;
  calls: ObservedCallback[];
};

/** The callbacks of a step in the order in which they were entered. */
export const treeOf = (callbacks: readonly ObservedCallback[]): CallTree[] => {
  const tree: CallTree[] = [];
  let waiting: NestedOperation | null = null;
  for (const callback of callbacks) {
    const op = reentrant.exec(callback.name)?.[1] as NestedOperation['op'] | undefined;
    if (op) {
      waiting = { op, result: callback.ret ?? '', calls: takeNested(tree, op) };
      continue;
    }
    tree.push({ callback, nested: waiting });
    waiting = null;
  }
  return tree;
};

/**
 * Takes the callbacks of a nested operation off the end: those that such an operation makes, in its
 * order.
 */
const takeNested = (tree: CallTree[], op: NestedOperation['op']): ObservedCallback[] => {
  const taken: ObservedCallback[] = [];
  const take = (fits: (callback: ObservedCallback) => boolean): void => {
    const last = tree.at(-1);
    if (last && !last.nested && fits(last.callback)) taken.unshift(tree.pop()!.callback);
  };
  const flags = ({ args }: ObservedCallback): number => Number(args?.['flags'] ?? 0);
  const isDelete = ({ name }: ObservedCallback): boolean => name.endsWith('_delete_element');
  if (op === 'find') take(({ name }) => name === 'postprocess_map_find_element');
  if (op === 'delete') take((one) => isDelete(one) && flags(one) === 0);
  if (op === 'update') {
    take((one) => isDelete(one) && flags(one) === 2);
    take(({ name }) => name === 'preprocess_map_update_element');
  }
  return taken;
};
