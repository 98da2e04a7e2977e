/** What all observing providers of a run share: the recorder, the numbering of calls, the situation they are in. */
import type { CallbackName } from '../abi/callbacks.ts';
import type { ClientData } from '../provider/module.ts';
import type { CallbackEntered, CallbackReturned } from '../trace/event.ts';
import type { Recorder } from '../trace/recorder.ts';

/** What is known of the operation that runs when a provider is called. */
export type Situation = {
  op: number;
  process: number;
  irql: number;
  locks: number;
  /** Map that the operation is about; for a creation, the label that the map will have. */
  map: string | undefined;
};

export type ObservedBinding = { label: string; client: ClientData | null };
export type ObservedMap = {
  label: string;
  map: string;
  binding: string;
  registration: string;
  actual: number;
};

/** What all observing providers of a run share: the recorder, the numbering of calls, who was called last. */
export class Observation {
  readonly recorder: Recorder;
  readonly situation: () => Situation;
  /** The last map context put out by a successful preprocess_map_create. */
  lastCreated: ObservedMap | null = null;
  calls = 0;
  /** The harness reads structures itself; nothing is told of it. */
  quiet = false;
  private readonly running: number[] = [];

  constructor(recorder: Recorder, situation: () => Situation) {
    this.recorder = recorder;
    this.situation = situation;
  }

  /** Records one call of a provider around `act`, which answers what was returned. */
  around(
    callback: CallbackName,
    facts: Partial<CallbackEntered>,
    act: () => Partial<CallbackReturned> & { result: string | null },
  ): string | null {
    const { op, process, irql, locks } = this.situation();
    const call = (this.calls += 1);
    this.recorder.record({
      kind: 'callback-entered',
      callback,
      direct: false,
      ...facts,
      call,
      op,
      within: this.running.at(-1) ?? 0,
      irql,
      process,
      locks,
      in_epoch: true,
    });
    this.running.push(call);
    const back = act();
    this.running.pop();
    this.recorder.record({
      kind: 'callback-returned',
      call,
      callback,
      irql,
      epoch_depth: 0,
      damage: [],
      ...back,
    });
    return back.result;
  }

  quietly<T>(act: () => T): T {
    this.quiet = true;
    const answer = act();
    this.quiet = false;
    return answer;
  }
}
