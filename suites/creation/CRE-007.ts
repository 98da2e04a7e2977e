/**
 * CRE-007, a SHOULD for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_map_create (custom branch skips checks); tests
 * helpers.h:_test_sample_hash_map_create
 */
import type { CallbackEntered, Requirement, TraceView, Watch } from '../../harness/index.ts';
import { argumentsOf, hasZero } from './accepted-sizes.ts';
import { create } from './creations.ts';

const supportsZero = ({ subject: { profile } }: TraceView, call: CallbackEntered): boolean => {
  const declares = (name: string): boolean => profile.source[name] === 'declared';
  return (
    (call.create_key_size !== 0 || (declares('keySizes') && profile.keySizes.includes(0))) &&
    (call.create_value_size !== 0 || (declares('valueSizes') && profile.valueSizes.includes(0))) &&
    (call.max_entries !== 0 || (declares('maxEntries') && profile.maxEntries.min === 0))
  );
};

/** CRE-007: sizes of zero are refused, or supported on purpose. */
const watchZeroSizes: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (event.callback !== create || !call || !hasZero(call)) return;
    say.exercised();
    if (event.result !== 'EBPF_SUCCESS' || supportsZero(trace, call)) return;
    say.violated(
      event,
      'preprocess_map_create refuses a size of zero that the provider does not declare to support',
      `${argumentsOf(call)} was accepted`,
    );
  },
  misuse: (event) => {
    const call = trace.call(event.call);
    if (event.misuse !== 'allocate-size-zero' || call?.callback !== create || !hasZero(call))
      return;
    say.violated(
      event,
      'no allocation of size zero',
      `${event.detail}, in preprocess_map_create with ${argumentsOf(call)}`,
    );
  },
  lost: (event) => {
    const call = trace.call(event.call);
    if (event.callback !== create || !call || !hasZero(call)) return;
    say.lost(event, `preprocess_map_create copes with a size of zero (${argumentsOf(call)})`);
  },
});

export const rule: Requirement = {
  id: 'CRE-007',
  asks: 'A key_size, value_size or max_entries of zero is refused: the runtime does not filter them.',
  passing:
    'Creations with each of the three at zero failed, or the profile declares that zero is supported.',
  look: 'preprocess_map_create: a division by max_entries, or an allocation of max_entries elements?',
  watch: watchZeroSizes,
};
