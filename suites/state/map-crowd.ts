/**
 * How many maps a provider serves while it is asked for another: at the least and at the most,
 * since a map begins and ends inside callbacks, and others' callbacks may run beside them.
 */
import type { EventOf, Handlers, TraceView } from '../../harness/index.ts';
import { onePerTrace } from './in-order.ts';

const CREATE = 'preprocess_map_create';
const DELETE = 'postprocess_map_delete';

export class MapCrowd {
  readonly handlers: Handlers;
  private created = 0;
  private creating = 0;
  private deleting = 0;
  private readonly atEntry = new Map<number, number>();
  private readonly atReturn = new Map<number, { least: number; most: number }>();
  private readonly trace: TraceView;

  constructor(trace: TraceView) {
    this.trace = trace;
    this.handlers = {
      module: ({ what }) => {
        if (what === 'started') this.created = this.creating = this.deleting = 0;
      },
      'callback-entered': ({ callback, call }) => {
        if (callback === DELETE) this.deleting += 1;
        if (callback !== CREATE) return;
        this.atEntry.set(call, this.created + this.creating);
        this.creating += 1;
      },
      'callback-returned': (event) => this.returned(event),
    };
  }

  /** Maps beside the one that a creation was about, when its callback came back. */
  beside(call: number): { least: number; most: number } | undefined {
    return this.atReturn.get(call);
  }

  private returned({ callback, call, result }: EventOf<'callback-returned'>): void {
    if (callback === DELETE) {
      this.deleting -= 1;
      if (this.trace.call(call)?.context !== null) this.created = Math.max(0, this.created - 1);
    }
    if (callback !== CREATE) return;
    this.creating = Math.max(0, this.creating - 1);
    const now = this.created + this.creating;
    this.atReturn.set(call, {
      least: Math.max(0, this.created - this.deleting),
      most: Math.max(now, this.atEntry.get(call) ?? 0),
    });
    if (result === 'EBPF_SUCCESS') this.created += 1;
  }
}

/** The crowd of a trace, one book for all monitors. */
export const crowdOf = onePerTrace((trace) => new MapCrowd(trace));
