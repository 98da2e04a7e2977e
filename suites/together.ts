/** Several sets of handlers as one: each event goes to all of them in the order given. */
import type { Handlers } from '../harness/index.ts';

type Listener = (event: never) => void;

/** What a book-keeping part notes is there when a judging part after it hears the same event. */
export const together = (...parts: Handlers[]): Handlers => {
  const lists = new Map<string, Listener[]>();
  for (const part of parts) {
    for (const [kind, listener] of Object.entries(part)) {
      const list = lists.get(kind) ?? [];
      if (listener) list.push(listener as Listener);
      lists.set(kind, list);
    }
  }
  const all = [...lists].map(([kind, list]) => [
    kind,
    (event: never) => {
      for (const listener of list) listener(event);
    },
  ]);
  return Object.fromEntries(all) as Handlers;
};
