/**
 * Turns what a replay did into the recorder's form. A provider does not see locks, epochs or
 * whether a value it was handed is the stored one: the runtime's trace says so, joined by the order
 * of entry.
 */
import type { CallbackEntered, TraceEvent } from '../trace/event.ts';
import type { Answer } from '../sim/custom-map.ts';
import type { RecordedCall, RecordedReentry } from './recording.ts';
import type { Observation, ObservedCallback, ObservedLookup, Step } from './transcript.ts';

/** Byte that the recorder filled output buffers of find with. */
export const BUFFER_FILL = 0xcc;

const PROVIDER_CALLBACK =
  /^(Provider(Attach|Detach)Client|ProviderCleanupBindingContext|(pre|post)process_)/;

/** What the trace of a run says about the calls of a recording provider. */
export class TraceJoin {
  private readonly events: readonly TraceEvent[];
  private readonly entered: CallbackEntered[] = [];
  /** Version of the stored entry that the first lookup inside a call found, by call. */
  private readonly found = new Map<number, number | undefined>();
  private read = 0;

  constructor(events: readonly TraceEvent[]) {
    this.events = events;
  }

  /** Takes in what was recorded since the last time. */
  private advance(): void {
    for (; this.read < this.events.length; this.read += 1) {
      const event = this.events[this.read]!;
      if (event.kind === 'callback-entered' && PROVIDER_CALLBACK.test(event.callback))
        this.entered.push(event);
      else if (
        event.kind === 'service' &&
        event.name === 'find_element_function' &&
        !this.found.has(event.call)
      ) {
        this.found.set(event.call, event.entry);
      }
    }
  }

  /** One recorded call with what the trace adds to it. */
  complete(call: RecordedCall | RecordedReentry): ObservedCallback {
    if (call.entered === null) return { name: call.name, ret: call.ret };
    this.advance();
    const event = this.entered[call.entered - 1];
    if (!event) throw new Error(`the trace has no entry for call ${call.entered} (${call.name})`);
    const { name, args, ret, irql, wrote, lookup } = call;
    return {
      name,
      args,
      ret,
      ...(wrote === undefined ? {} : { wrote }),
      ...(lookup === undefined ? {} : { lookup: lookup && this.lookup(lookup, event) }),
      irql,
      locks_held: event.locks,
      in_epoch: event.in_epoch,
    };
  }

  /** The value argument is the stored buffer itself when both are the same version of one entry. */
  private lookup(
    { result, value }: { result: string; value?: string },
    event: CallbackEntered,
  ): ObservedLookup {
    if (value === undefined) return { result };
    const same = event.entry !== undefined && event.entry === this.found.get(event.call);
    return { result, value, is_argument_buffer: same };
  }
}

type Answered = Omit<Observation, 'callbacks'>;

const untouched = (hex: string): boolean => /^(cc)*$/.test(hex);

/** What a lookup left in the caller's buffer: a value on success, a trace of writing on failure. */
const foundOf = ({ result, out }: Answer): Answered => {
  const bytes = typeof out === 'string' ? out : null;
  if (result === 'EBPF_SUCCESS') return { result, out: bytes };
  return bytes === null || untouched(bytes)
    ? { result, out: null }
    : { result, out: null, out_written_on_failure: bytes };
};

/** An answer of the runtime in the recorder's form. `value_size` is the map's, as created. */
export const answered = (step: Step, answer: Answer, value_size: number): Answered => {
  const { result, out } = answer;
  switch (step.op) {
    case 'find':
      return foundOf(answer);
    case 'ffind':
      return { result, out: typeof out === 'string' ? out.slice(0, 2 * value_size) : null };
    case 'close': {
      const last = (out as { last?: boolean } | undefined)?.last;
      return { result, out: null, ...(last === undefined ? {} : { last_reference: last }) };
    }
    default:
      return { result, out: out ?? null };
  }
};
