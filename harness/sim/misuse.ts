/** What the subject did with memory, epochs, locks or handles that it may not. */
import type { Thread } from '../provider/thread.ts';
import type { BufferName } from '../trace/damage.ts';
import type { Misuse } from '../trace/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';

/** Records a misuse in the innermost call of the thread. */
export const recordMisuse = (
  recorder: Recorder,
  thread: Thread,
  misuse: Misuse,
  detail: string,
  more: { block?: string; owner?: number; binding?: string; stale?: BufferName } = {},
): void => {
  recorder.actor = thread.actor;
  recorder.record({ kind: 'misuse', call: thread.calls.at(-1) ?? 0, misuse, detail, ...more });
};
