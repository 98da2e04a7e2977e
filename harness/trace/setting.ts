/**
 * How a run treats its subject: as the shipped or the documented runtime does, or in ways that it
 * does not, or rarely, to see what the subject makes of them. Both count by the level of the rule.
 */
import type { ClientVariant, Conditions, Operation, Plan } from './plan.ts';

export type Setting = 'as-shipped-or-documented' | 'robustness';

/**
 * What no runtime does to a subject in an ordinary life: faults that are injected, memory and
 * buffers of no usual kind.
 */
const injected = [
  'fail_allocation',
  'fail_registration',
  'fail_start_allocation',
  'fail_start_reference',
  'fail_deregistration',
  'fail_wait',
  'garbage',
  'misaligned',
  'appended',
  'find_fill',
] as const satisfies readonly (keyof Conditions)[];

/**
 * A client that shows the structures which the runtime shows; NMR hands it whatever context it
 * likes.
 */
const isUsual = (client: ClientVariant = {}): boolean =>
  Object.values(client).every((member) => member === undefined);

/** Callbacks called directly, clients with other structures, failing allocations. */
const isSynthetic = (operation: Operation): boolean => {
  if (operation.op === 'call') return true;
  if (operation.op !== 'create' && operation.op !== 'attach') return false;
  const fails = operation.op === 'create' && operation.fail_allocation !== undefined;
  return fails || !isUsual(operation.client);
};

/** The setting of a plan. */
export const settingOf = ({ conditions = {}, actors }: Plan): Setting => {
  const isInjected = injected.some(
    (name) => conditions[name] !== undefined && conditions[name] !== false,
  );
  const isOdd =
    isInjected || actors.some(({ operations }) => operations.some((one) => isSynthetic(one)));
  return isOdd ? 'robustness' : 'as-shipped-or-documented';
};
