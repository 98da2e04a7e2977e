/**
 * Lookups and what happened to the value they were handed while they were under way. Judges
 * nothing.
 */
import type { CallbackEntered, EventOf, Handlers, TraceView } from '../../harness/index.ts';
import { onePerTrace } from '../state/in-order.ts';

const find = 'postprocess_map_find_element';
const update = 'preprocess_map_update_element';
const deleters = ['preprocess_map_delete_element', 'postprocess_map_delete_element'];

type Call = CallbackEntered & { seq: number };

/** One lookup callback of the runtime's own flow. */
export type Reading = {
  call: Call;
  /**
   * The value it was handed was displaced or deleted after the lookup had begun and before the
   * callback.
   */
  displaced: boolean;
  /**
   * Bytes of the user whose update gave the stored representation; null when no update is known.
   */
  given: string | null;
};

const place = (call: Call | EventOf<'callback-entered'>): string =>
  `${call.map} ${call.key} ${call.value}`;

export class Readers {
  readonly handlers: Handlers;
  private readonly trace: TraceView;
  private readonly began = new Map<number, number>();
  private readonly released = new Map<string, number>();
  private readonly givenBy = new Map<string, string>();
  private readonly readings = new Map<number, Reading>();

  constructor(trace: TraceView) {
    this.trace = trace;
    this.handlers = {
      'operation-started': (event) => void this.began.set(event.op, event.seq),
      'callback-entered': (event) => this.entered(event),
      'callback-returned': (event) => this.returned(event),
    };
  }

  /** The lookup that a call is; undefined for other calls. */
  of(call: number): Reading | undefined {
    return this.readings.get(call);
  }

  /** Position in the trace at which the operation of a call began. */
  beginOf(call: Call): number {
    return this.began.get(call.op) ?? call.seq;
  }

  private entered(event: EventOf<'callback-entered'>): void {
    if (event.direct || event.value === undefined || event.value === null) return;
    if (deleters.includes(event.callback)) this.released.set(place(event), event.seq);
    if (event.callback !== find) return;
    const released = this.released.get(place(event)) ?? -1;
    this.readings.set(event.call, {
      call: event,
      displaced: released > (this.began.get(event.op) ?? event.seq),
      given: this.givenBy.get(`${event.map} ${event.value}`) ?? null,
    });
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    if (
      event.callback !== update ||
      event.result !== 'EBPF_SUCCESS' ||
      !call ||
      call.value === undefined ||
      call.value === null
    )
      return;
    // What is stored anew under these bytes is alive again (a reused slot or address).
    const stored = event.out ?? call.value;
    this.givenBy.set(`${call.map} ${stored}`, call.value);
    this.released.delete(`${call.map} ${call.key} ${stored}`);
  }
}

/** The lookups of a trace, kept once for all monitors. */
export const readersOf = onePerTrace((trace) => new Readers(trace));
