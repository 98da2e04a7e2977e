/** Which rule a loss belongs to when no monitor claims it: the one that says it owns the place. */
import type { CallbackName } from '../abi/callbacks.ts';
import type { Operation } from '../trace/plan.ts';
import type { Condition } from './condition.ts';
import type { SubjectContext } from './subject.ts';

/**
 * What a subject does not come back from: of a provider a callback, of a runtime an operation.
 * `anything else` is what no other rule owns.
 */
export type LossPlace = CallbackName | Operation['op'] | 'anything else';

/** A place, and the subjects of which it is the rule's. */
export type Owned = LossPlace | { in: LossPlace; where: Condition };

type Owner = { id: string; owns?: readonly Owned[] };

/** Looks up the rule that owns a place; undefined where none does. */
export const ownersAmong = (
  rules: readonly Owner[],
): ((place: LossPlace, subject: SubjectContext) => string | undefined) => {
  const owners = rules.flatMap(({ id, owns = [] }) =>
    owns.map((one) => ({ id, ...(typeof one === 'string' ? { in: one, where: null } : one) })),
  );
  return (place, subject) =>
    owners.find((one) => one.in === place && (one.where?.holds(subject) ?? true))?.id;
};
