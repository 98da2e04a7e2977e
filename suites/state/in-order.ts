/** Several sets of handlers as one, and bookkeeping that many monitors of a trace share. */
import type { Handlers, TraceView } from '../../harness/index.ts';

/**
 * Each event goes to all parts in the order given: what a book notes is there when a judge hears of
 * it.
 */
export const inOrder = (...parts: Handlers[]): Handlers => parts;

/**
 * One book per trace for all monitors that ask. Only the first to ask gets the handlers; it listens
 * before all who ask later, so the book is up to date for everybody.
 */
export const onePerTrace = <B extends { readonly handlers: Handlers }>(
  make: (trace: TraceView) => B,
): ((trace: TraceView) => { book: B; handlers: Handlers }) => {
  const known = new WeakMap<TraceView, B>();
  return (trace) => {
    const old = known.get(trace);
    if (old) return { book: old, handlers: {} };
    const made = make(trace);
    known.set(trace, made);
    return { book: made, handlers: made.handlers };
  };
};
