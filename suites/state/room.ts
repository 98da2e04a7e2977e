/**
 * How many values a provider holds: in all, of each map, under each key. It may have a limit of its
 * own (CRE-021), so that an update is refused for want of room, whatever goes on besides.
 */
import type { CallbackEntered, EventOf, Handlers, TraceView } from '../../harness/index.ts';
import { onePerTrace } from './in-order.ts';

const UPDATE = 'preprocess_map_update_element';
const DELETERS: readonly string[] = [
  'preprocess_map_delete_element',
  'postprocess_map_delete_element',
];

/** What a provider that is full answers (CRUD-UPD-022). */
const isExhaustion = (result: string | null): boolean =>
  result === 'EBPF_NO_MEMORY' || result === 'EBPF_OUT_OF_SPACE';

/** Values with the provider now, and the most there ever were. */
class Level {
  now = 0;
  most = 0;

  rise(): void {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
  }

  fall(by = 1): void {
    this.now = Math.max(0, this.now - by);
  }

  get isHighest(): boolean {
    return this.now > 0 && this.now >= this.most;
  }
}

class Room {
  readonly handlers: Handlers;
  private readonly all = new Level();
  private readonly perMap = new Map<string, Level>();
  private readonly perKey = new Map<string, Level>();
  /** Updates that came when there was a value under their key. */
  private readonly replacing = new Set<number>();
  private readonly trace: TraceView;

  constructor(trace: TraceView) {
    this.trace = trace;
    this.handlers = {
      module: ({ what }) => {
        if (what !== 'started') return;
        this.all.now = 0;
        this.perMap.clear();
        this.perKey.clear();
      },
      'callback-entered': (event) => {
        const level = event.callback === UPDATE ? this.perKey.get(placeOf(event)) : undefined;
        if (level && level.now > 0) this.replacing.add(event.call);
      },
      'callback-returned': (event) => this.returned(event),
      'map-gone': ({ map }) => {
        this.all.fall(this.perMap.get(map)?.now);
        this.perMap.delete(map);
      },
    };
  }

  /** Whether an update was refused with no more room than it is known to have had. */
  mayBeFull({ map }: CallbackEntered, result: string | null): boolean {
    const isHighest = this.all.isHighest || (this.perMap.get(map ?? '')?.isHighest ?? false);
    return isExhaustion(result) && isHighest;
  }

  /** Whether there was a value under the key of an update when it came. */
  isReplacing(call: number): boolean {
    return this.replacing.has(call);
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    if (!call || (event.result !== null && event.result !== 'EBPF_SUCCESS')) return;
    const map = levelOf(this.perMap, call.map ?? '');
    for (const one of [this.all, map, levelOf(this.perKey, placeOf(call))]) {
      if (event.callback === UPDATE) one.rise();
      if (DELETERS.includes(event.callback)) one.fall();
    }
  }
}

const placeOf = ({ map, key }: CallbackEntered): string => `${map} ${key}`;

const levelOf = (levels: Map<string, Level>, name: string): Level => {
  const level = levels.get(name) ?? new Level();
  levels.set(name, level);
  return level;
};

/** The room of a trace, one book for all monitors. */
export const roomOf = onePerTrace((trace) => new Room(trace));
