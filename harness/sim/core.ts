/** What the parts of the runtime see of it and of each other. SimulatedRuntime is all of it. */
import type { Crossing } from '../provider/observed.ts';
import type { ClientPresentation, Subject } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { ClientVariant, Conditions, KeyRef, Operation, ValueRef } from '../trace/plan.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { Answer, CustomMap } from './custom-map.ts';
import type { EpochMemory } from './epoch-memory.ts';
import type { NmrRegistrar } from './nmr.ts';
import type { Binding } from './registered.ts';
import type { Scheduler } from './scheduler.ts';

/** Turns references of a plan into bytes. Null: such a key or value cannot be made. */
export type RunData = {
  mapType: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  key: (ref: KeyRef, keySize: number) => Uint8Array | null;
  value: (ref: ValueRef, valueSize: number) => Uint8Array | null;
  /** What a lookup of a value must show, where the profile has a function for it. */
  relation?: ((value: Uint8Array) => Uint8Array) | null;
  /** Ids to be taken for custom although the bundled enum lacks them. */
  extraTypes: readonly number[];
  helpers: readonly { id: number; arguments: readonly string[] }[];
};

/** The maps of a run, by slot and by the address of their object. */
export type MapsOfRun = {
  at: (slot: number) => CustomMap | null;
  labelOf: (slot: number) => string;
  byAddress: (address: bigint) => CustomMap | null;
  isCoreObject: (address: bigint) => boolean;
  coreObject: () => bigint;
  readonly findElementCodes: { missing: string; badMap: string };
};

export type Core = {
  readonly conditions: Conditions;
  readonly recorder: Recorder;
  readonly subject: Subject;
  readonly data: RunData;
  readonly crossing: Crossing;
  readonly memory: EpochMemory;
  readonly nmr: NmrRegistrar;
  readonly scheduler: Pick<Scheduler, 'addBackground'>;
  readonly maps: MapsOfRun;
  readonly clients: {
    present: (binding: Binding, variant: ClientVariant) => ClientPresentation;
    shownContext: (variant: ClientVariant) => bigint | undefined;
  };
  /** The thread that runs now. */
  readonly thread: Thread;
  /** Where in a map object its context lies, in bytes. */
  readonly mapContextOffset: number;
  /** Carries out an operation from inside a call of the thread that runs now. */
  performWithin: (operation: Operation) => Answer;
};
