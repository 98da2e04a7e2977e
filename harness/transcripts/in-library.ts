/**
 * Compares what a runtime library does with what was recorded of eBPFCore. What the library cannot
 * be asked or does not tell is left out of the comparison, and counted.
 */
import { NATIVE_MAP_TYPES } from '../abi/map-types.ts';
import type { NativeRuntime } from '../adapters/load-runtime.ts';
import type { RuntimeInstance } from '../adapters/native-runtime.ts';
import type { Observer } from '../adapters/observer.ts';
import { compareRuns, type Comparison } from './compare.ts';
import { isPlayable } from './native-provider.ts';
import { NativeReplay } from './native-replay.ts';
import type { Observation, ObservedCallback, Transcript } from './transcript.ts';

/** Why a transcript as a whole cannot be asked through custom_map_runtime.h; null: it can. */
const whyLeftOut = ({ providers, steps }: Transcript): string | null => {
  if (steps.some(({ args }) => args.inner !== undefined)) return 'map_create takes no inner map';
  // Custom maps refuse it; on built-in ones it changes what the steps behind it see.
  const hasNative = steps.some(
    ({ op, args }) => op === 'create' && NATIVE_MAP_TYPES.includes(args.type ?? 0),
  );
  if (hasNative && steps.some(({ op, args }) => op === 'batch' && args.delete === 1))
    return 'there is no batch that deletes from built-in maps';
  const settings = [...providers, ...steps.filter(({ op }) => op === 'set').map((one) => one.args)];
  return settings.every(isPlayable) ? null : 'a provider calls back with a key that is not 4 bytes';
};

/** What a library does not tell of the callbacks that it makes. */
type Untold = { locks: boolean; epochs: boolean };

const untoldBy = (instance: RuntimeInstance): Untold => ({
  locks: !instance.has('lock_depth'),
  // Memory that is reclaimed late looks the same outside an epoch.
  epochs: !instance.has('in_epoch') && !instance.has('reclaim'),
});

/** Without what is not told; where the context lies in a map is each runtime's own affair. */
const told = ({ offset: _, ...seen }: Observation, untold: Untold): Observation => ({
  ...seen,
  callbacks: seen.callbacks.map((one) => toldOf(one, untold)),
});

const toldOf = (callback: ObservedCallback, untold: Untold): ObservedCallback => {
  const kept = { ...callback };
  if (untold.locks) {
    delete kept.irql;
    delete kept.locks_held;
  }
  if (untold.epochs) delete kept.in_epoch;
  return kept;
};

/** Replays transcripts, each through a fresh instance; `begin` is told of each step beforehand. */
export const libraryComparison =
  (
    runtime: NativeRuntime,
    observer: Observer,
    begin: (transcript: string, step: number) => void = () => undefined,
  ): ((transcript: Transcript) => Comparison) =>
  (transcript) => {
    const leftOut = whyLeftOut(transcript);
    if (leftOut !== null) return { differences: [], leftOut, notAsked: [], untold: [] };
    const { observed, validates, ...asked } = transcript;
    begin(asked.id, -1);
    const instance = runtime.instance();
    const seen = new NativeReplay(instance, observer, asked).run((step) => begin(asked.id, step));
    const untold = untoldBy(instance);
    const expected = observed.map((one) => told(one, untold));
    // The library is not asked which providers are valid, nor what has no place in its face.
    const got = seen.map((one, step) => (one ? told(one, untold) : expected[step]!));
    const differences = compareRuns(
      asked.steps,
      { observed: expected, validates },
      { observed: got, validates },
    );
    return {
      differences,
      leftOut,
      notAsked: asked.steps.filter((_, step) => seen[step] === null).map(({ op }) => op),
      untold: [
        ...(untold.locks ? ['irql and locks_held: the library has no lock_depth'] : []),
        ...(untold.epochs ? ['in_epoch: the library has neither in_epoch nor reclaim'] : []),
      ],
    };
  };
