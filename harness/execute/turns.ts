/** The order in which the operations of several actors come. */
import type { Actor, Operation } from '../trace/plan.ts';

/** An operation and whose it is. */
export type Placed = { operation: Operation; actor: Actor; index: number };

const elementOperations = new Set(['find', 'update', 'delete']);
const isElement = ({ op }: Operation): boolean => elementOperations.has(op);

/**
 * Actors take turns, operation by operation, once the first has done what comes before its first
 * element.
 */
export const inTurns = (actors: readonly Actor[]): Placed[] => {
  const [first, ...others] = actors;
  if (!first) return [];
  const from = others.length ? Math.max(0, first.operations.findIndex(isElement)) : 0;
  const setUp = first.operations.slice(0, from);
  const lists = [first.operations.slice(from), ...others.map(({ operations }) => operations)];
  const turns = Math.max(...lists.map((list) => list.length));
  const together = Array.from({ length: turns }, (_, turn) =>
    lists.flatMap((list, index) => {
      const operation = list[turn];
      return operation ? [{ operation, actor: actors[index]!, index }] : [];
    }),
  );
  return [...setUp.map((operation) => ({ operation, actor: first, index: 0 })), ...together.flat()];
};

/**
 * With several actors: what the first does up to its first element operation, all element
 * operations, and the rest.
 */
export const phasesOf = (
  actors: readonly Actor[],
): Record<'before' | 'together' | 'after', Placed[]> => {
  const placed = actors.flatMap((actor, index) =>
    actor.operations.map((operation) => ({ operation, actor, index })),
  );
  if (actors.length < 2) return { before: placed, together: [], after: [] };
  const first = placed.filter(({ index }) => index === 0);
  const from = first.findIndex(({ operation }) => isElement(operation));
  const before = from < 0 ? first : first.slice(0, from);
  const rest = placed.filter((one) => !before.includes(one));
  return {
    before,
    together: rest.filter(({ operation }) => isElement(operation)),
    after: rest.filter(({ operation }) => !isElement(operation)),
  };
};

/** Registrations of a plan, those that come meanwhile each after the one that waits for them. */
export const registrationsIn = (
  operations: readonly Operation[],
): Extract<Operation, { op: 'register' }>[] =>
  operations.flatMap((operation) =>
    operation.op === 'register'
      ? [operation, ...registrationsIn(operation.as.during?.operations ?? [])]
      : [],
  );

/** Whether a library carries a plan out with several threads, so that runs of it differ. */
export const hasThreads = (actors: readonly Actor[]): boolean =>
  actors.length > 1 ||
  registrationsIn(actors.flatMap(({ operations }) => operations)).some(({ as }) => as.during);
