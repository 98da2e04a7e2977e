/**
 * What element callbacks answered, by call, for monitors that compare it with what came of it
 * later.
 */
import type { EventOf, Handlers, TraceView } from '../../harness/index.ts';
import { onePerTrace, inOrder } from './in-order.ts';

export class Returns {
  readonly handlers: Handlers;
  private readonly known = new Map<number, EventOf<'callback-returned'>>();

  constructor() {
    this.handlers = {
      'callback-returned': (event) => {
        if (event.callback.endsWith('_element')) this.known.set(event.call, event);
      },
    };
  }

  of(call: number): EventOf<'callback-returned'> | undefined {
    return this.known.get(call);
  }
}

const shared = onePerTrace(() => new Returns());

/** The answers of a trace; `with` adds the bookkeeping to a monitor's handlers. */
export const returnsOf = (
  trace: TraceView,
): { book: Returns; with: (handlers: Handlers) => Handlers } => {
  const { book, handlers } = shared(trace);
  return { book, with: (own) => inOrder(handlers, own) };
};
