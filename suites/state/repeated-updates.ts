/**
 * Updates that were taken before and are refused now, although nothing that a provider may look at
 * differs: same sizes, key and value, same entries in the map, and nothing in any other map.
 */
import type { EventOf, Handlers, Operation, TraceView } from '../../harness/index.ts';
import { livesOf, type MapLife, type MapLives } from './map-lives.ts';
import { onePerTrace, inOrder } from './in-order.ts';

const update = 'preprocess_map_update_element';

/** An update that went through, as far as the provider has a say, or did not. */
export type RepeatedUpdate = {
  event: EventOf<'operation-ended'>;
  map: MapLife;
  /** What the provider refused with; null when it took the value. */
  refused: string | null;
  /** Names what the provider was asked, and of which state of the map. */
  question: string;
  /** Other maps that live. */
  others: number;
};

type Asked = { question: string; refused: string | null; answered: boolean; short: boolean };

const isPlainUpdate = (operation: Operation): boolean =>
  operation.op === 'update' &&
  typeof operation.value === 'number' &&
  (operation.caller ?? 'user') === 'user' &&
  Object.keys(operation).every((name) => ['op', 'map', 'key', 'value', 'caller'].includes(name));

class RepeatedUpdates {
  readonly handlers: Handlers;
  private readonly listeners: ((update: RepeatedUpdate) => void)[] = [];
  private readonly asked = new Map<number, Asked>();
  private readonly trace: TraceView;
  private readonly lives: MapLives;
  private leaving = false;

  constructor(trace: TraceView) {
    const { book, handlers } = livesOf(trace);
    this.trace = trace;
    this.lives = book;
    this.handlers = inOrder(handlers, {
      deregister: () => void (this.leaving = true),
      'operation-started': (event) => this.started(event),
      'allocation-failed': (event) => {
        const asked = this.asked.get(trace.call(event.call)?.op ?? -1);
        if (asked) asked.short = true;
      },
      'callback-returned': (event) => this.returned(event),
      'operation-ended': (event) => this.ended(event),
    });
  }

  listen(listener: (update: RepeatedUpdate) => void): void {
    this.listeners.push(listener);
  }

  private started(event: EventOf<'operation-started'>): void {
    const { operation } = event;
    if (operation.op === 'start') this.leaving = false;
    if (!('map' in operation) || !isPlainUpdate(operation)) return;
    const life = this.lives.mapOf(event.op);
    if (!life || !this.isQuiet(life)) return;
    const { map: _, ...what } = operation;
    const { registration, map_type, key_size, value_size, max_entries } = life.created;
    const sizes = [registration, map_type, key_size, value_size, max_entries];
    const question = JSON.stringify([sizes, what, life.entries.size, life.digest]);
    this.asked.set(event.op, { question, refused: null, answered: false, short: false });
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    const asked = call && !call.direct ? this.asked.get(call.op) : undefined;
    if (!asked || event.callback !== update) return;
    asked.answered = true;
    asked.refused = event.result === 'EBPF_SUCCESS' ? null : event.result;
  }

  private ended(event: EventOf<'operation-ended'>): void {
    const asked = this.asked.get(event.op);
    const map = this.lives.mapOf(event.op);
    if (!asked?.answered || asked.short || !map || !this.isQuiet(map)) return;
    const { question, refused } = asked;
    const others = this.lives.alive().length - 1;
    for (const listener of this.listeners) listener({ event, map, refused, question, others });
  }

  /** Nothing else is under way, no other map holds anything, and no release is put off. */
  private isQuiet(life: MapLife): boolean {
    return (
      !this.leaving &&
      !this.lives.meddled &&
      this.trace.subject.profile.reclamation !== 'deferred' &&
      life.sure &&
      this.lives
        .alive()
        .every(
          (one) =>
            one === life || (one.sure && one.entries.size === 0 && !this.lives.isChanging(one)),
        )
    );
  }
}

/** The updates of a trace, one book for all monitors. */
export const repeatedUpdatesOf = onePerTrace((trace) => new RepeatedUpdates(trace));
