/** Handles of the user process, and kernel objects that the subject references through them. */
import type { Recorder } from '../trace/recorder.ts';
import type { CallingThread } from './calling-thread.ts';

/** Handles that are valid in a user process: 4, 8 … 1024. */
export const HANDLE_STEP = 4;
export const SEEDED_HANDLES = 256;
const isSeeded = (handle: bigint): boolean =>
  handle > 0n &&
  handle <= BigInt(HANDLE_STEP * SEEDED_HANDLES) &&
  handle % BigInt(HANDLE_STEP) === 0n;

/** `calls`: those that took the references, the oldest first. */
type HeldObject = { label: string; count: number; calls: number[] };

type Parts = {
  caller: CallingThread;
  recorder: Recorder;
  /** Whether a call is the module's start, and which reference (from 1) such a call is refused. */
  isStart: (call: number) => boolean;
  failStartReference: number | null;
};

export class KernelObjects {
  private readonly parts: Parts;
  private readonly caller: CallingThread;
  private readonly objects = new Map<bigint, HeldObject>();
  /** Handles that were looked up, and those that their process has closed since. */
  private readonly lookedUp = new Set<bigint>();
  private readonly closed = new Set<bigint>();
  /** References asked for by starts. */
  private startReferences = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.caller = parts.caller;
  }

  /** Object references that are held, one row per reference. */
  held(): { object: string; call: number }[] {
    return [...this.objects.values()].flatMap((object) =>
      object.calls
        .slice(-Math.max(object.count, 0))
        .map((call) => ({ object: object.label, call })),
    );
  }

  /** Closes every handle that was looked up so far; references to the objects stay. */
  closeHandles(): void {
    for (const handle of this.lookedUp) this.closed.add(handle);
  }

  /** The referenced object whose address stands in bytes shown to users. */
  exposed(bytes: Uint8Array): string | null {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 8 <= bytes.length; at += 1) {
      const object = this.objects.get(view.getBigUint64(at, true));
      if (object && object.count > 0) return object.label;
    }
    return null;
  }

  /** ObReferenceObjectByHandle: the object's address, 0n for a handle that is not valid here. */
  reference(handle: bigint): bigint {
    const { thread, call } = this.caller;
    const isRefused =
      this.parts.isStart(call) && (this.startReferences += 1) === this.parts.failStartReference;
    const valid =
      !isRefused && thread.process === 1 && isSeeded(handle) && !this.closed.has(handle);
    this.lookedUp.add(handle);
    const object = valid ? 0x6000_0000_0000n + handle * 64n : 0n;
    this.caller.record({
      kind: 'object-referenced',
      call,
      object: valid ? this.hold(object, call) : null,
      handle: `0x${handle.toString(16)}`,
      process: thread.process,
    });
    return object;
  }

  dereference(object: bigint): void {
    const { call } = this.caller;
    const known = this.objects.get(object);
    this.caller.record({ kind: 'object-dereferenced', call, object: known?.label ?? null });
    if (!known || known.count <= 0) {
      this.caller.misuse(
        'object-dereferenced-too-often',
        known
          ? `${known.label} was dereferenced more often than referenced`
          : 'something that is no referenced object was dereferenced',
      );
      return;
    }
    known.count -= 1;
    // Taken and dropped in one call is that call's own; else the oldest goes, as good a guess as
    // any.
    const own = known.calls.lastIndexOf(call);
    known.calls.splice(Math.max(own, 0), 1);
  }

  /** One reference more; answers the object's label. */
  private hold(object: bigint, call: number): string {
    const known = this.objects.get(object) ?? {
      label: this.parts.recorder.label('object', object),
      count: 0,
      calls: [],
    };
    known.count += 1;
    known.calls.push(call);
    this.objects.set(object, known);
    return known.label;
  }
}
