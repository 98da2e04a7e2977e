/** Monitors of what the runtime owes BPF programs and helpers, one per rule. */
import { type Operation } from '../../harness/index.ts';

export const isElementOperation = (operation: Operation): boolean =>
  ['find', 'update', 'delete'].includes(operation.op);
