/**
 * What belongs to what in a trace: which call made a block or took a reference, and which call was
 * told that it is no longer needed. Pure; used to say which call was wrong when memory is.
 */
import type { CallbackEntered, CallbackReturned, EventOf, TraceEvent } from '../trace/event.ts';

export type Entered = CallbackEntered & { seq: number; actor: number };

/** Calls of a trace by number, with what they gave back and what was made and freed in them. */
export type Calls = {
  entered: ReadonlyMap<number, Entered>;
  returned: ReadonlyMap<number, CallbackReturned & { seq: number }>;
  /** In order. */
  all: readonly Entered[];
  freed: ReadonlyMap<string, EventOf<'freed'>>;
  made: ReadonlyMap<string, number>;
};

/** Reads the calls of a trace. */
export const callsOf = (trace: readonly TraceEvent[]): Calls => {
  const entered = new Map<number, Entered>();
  const returned = new Map<number, CallbackReturned & { seq: number }>();
  const freed = new Map<string, EventOf<'freed'>>();
  const made = new Map<string, number>();
  for (const event of trace) {
    if (event.kind === 'callback-entered') entered.set(event.call, event);
    else if (event.kind === 'callback-returned') returned.set(event.call, event);
    else if (event.kind === 'freed' && !freed.has(event.block)) freed.set(event.block, event);
    else if (event.kind === 'allocated') made.set(event.block, event.call);
    else if (event.kind === 'object-referenced' && event.object !== null)
      made.set(event.object, event.call);
  }
  return { entered, returned, all: [...entered.values()], freed, made };
};

const isDelete = ({ callback }: Entered): boolean =>
  callback === 'postprocess_map_delete_element' || callback === 'preprocess_map_delete_element';

/** The call that was told that what a call has made is over; null: none was. */
export const endOf = (maker: Entered, calls: Calls): Entered | null => {
  const later = (fits: (one: Entered) => boolean): Entered | null =>
    calls.all.find((one) => one.seq > maker.seq && fits(one)) ?? null;
  const last = (...names: string[]): Entered | null =>
    later((one) => names.includes(one.callback) && one.binding === maker.binding);
  switch (maker.callback) {
    case 'preprocess_map_update_element': {
      const back = calls.returned.get(maker.call);
      if (back?.result !== 'EBPF_SUCCESS') return null;
      const stored = back.out ?? maker.value;
      const isOf = (one: Entered): boolean =>
        isDelete(one) && one.map === maker.map && one.value === stored;
      return later((one) => isOf(one) && one.key === maker.key) ?? later(isOf);
    }
    case 'preprocess_map_create':
      return later((one) => one.callback === 'postprocess_map_delete' && one.map === maker.map);
    case 'ProviderAttachClient':
      return last('ProviderCleanupBindingContext') ?? last('ProviderDetachClient');
    case 'start':
      return later(({ callback }) => callback === 'stop');
    default:
      return null;
  }
};
