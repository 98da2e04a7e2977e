/** Loads the crash reporter (harness/native/crash) into this process, before any subject. */
import { functionAt, loadLibrary, type NativeLibrary, type Signature } from './koffi-binding.ts';

const watch: Signature = { result: 'int32_t', parameters: ['int32_t'] };

/** Referred to, since a library that nobody refers to is unloaded. */
let kept: NativeLibrary | null = null;

/**
 * Last words of this process go to `descriptor` from now on. False where the system does not let it
 * watch.
 */
export const watchCrashes = (reporter: string, descriptor: number): boolean => {
  if (kept) return true;
  kept = loadLibrary(reporter);
  const address = kept.symbol('cmc_crash_watch');
  return address !== 0n && functionAt(address, watch)(descriptor) === 1;
};
