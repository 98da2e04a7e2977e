/** The only writer of traces: numbers events and gives labels in order of appearance. */
import type { Happening, TraceEvent } from './event.ts';

/** Kinds of things that get labels. */
export type LabelKind =
  'map' | 'binding' | 'registration' | 'context' | 'block' | 'object' | 'epoch';

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as lower-case hex. */
export const toHex = (bytes: Uint8Array): string => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) text += hexDigits[bytes[i]!];
  return text;
};

/** Hex as bytes. Throws RangeError on odd length or foreign characters. */
export const fromHex = (text: string): Uint8Array => {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new RangeError(`not hex bytes: ${text.slice(0, 40)}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
};

/**
 * Collects the events of one run. `sink` sees each event at once (journal of a run that may not
 * return).
 */
export class Recorder {
  readonly events: TraceEvent[] = [];
  /** Actor on whose behalf things happen now. */
  actor = 0;
  private readonly sink: ((event: TraceEvent) => void) | null;
  private readonly placed: ((block: string, address: bigint) => void) | null;
  private readonly counts = new Map<LabelKind, number>();
  private readonly labels = new Map<LabelKind, Map<unknown, string>>();

  /** `placed` is told where blocks lie, which no event says. */
  constructor(
    sink: ((event: TraceEvent) => void) | null = null,
    placed: ((block: string, address: bigint) => void) | null = null,
  ) {
    this.sink = sink;
    this.placed = placed;
  }

  /** A block got its address. */
  place(block: string, address: bigint): void {
    this.placed?.(block, address);
  }

  /** Numbers the happening and keeps it: the object becomes the event, so hand over a fresh one. */
  record(happening: Happening): TraceEvent {
    const event = happening as TraceEvent;
    event.seq = this.events.length;
    event.actor = this.actor;
    this.events.push(event);
    this.sink?.(event);
    return event;
  }

  /** A fresh label, not tied to a value. */
  fresh(kind: LabelKind): string {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    return `${kind}#${count}`;
  }

  /** The label of a value; the same value (by identity) keeps its label until `forget`. */
  label(kind: LabelKind, value: unknown): string {
    let known = this.labels.get(kind);
    if (!known) this.labels.set(kind, (known = new Map()));
    let label = known.get(value);
    if (label === undefined) known.set(value, (label = this.fresh(kind)));
    return label;
  }

  /** After this the value, seen again, is another thing (a freed address that is reused). */
  forget(kind: LabelKind, value: unknown): void {
    this.labels.get(kind)?.delete(value);
  }
}
