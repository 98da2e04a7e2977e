/**
 * LIFE-011, a SHOULD for the provider.
 * Source: sample_ext_maps / tests helpers.h:_test_sample_hash_map_delete
 */
import type { Condition, Requirement, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { HARMFUL } from '../state/block-ledger.ts';
import { isNullDelete } from './map-ends.ts';

/** LIFE-011: who returned a NULL context gets it back in postprocess_map_delete. */
const watchNullContext: Watch = (say, trace) => {
  const expected = 'postprocess_map_delete copes with the NULL that preprocess_map_create returned';
  return {
    'callback-returned': (event) => {
      if (isNullDelete(trace.call(event.call))) say.exercised();
    },
    misuse: (event) => {
      if (isNullDelete(trace.call(event.call)) && HARMFUL.includes(event.misuse))
        say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (isNullDelete(trace.call(event.call))) say.lost(event, expected);
    },
  };
};

const returnsNull: Condition = {
  holds: ({ profile }) => profile.nullContext === true,
  otherwise: [
    { by: 'occasion', on: 'nullContext', why: 'the provider returned no NULL map context' },
  ],
};

export const rule: Requirement = {
  id: 'LIFE-011',
  asks: 'A provider that returned a NULL map context copes with NULL in postprocess_map_delete.',
  passing: 'postprocess_map_delete came back from every NULL it was given.',
  look: 'postprocess_map_delete: check the context before following it.',
  applies: when(returnsNull),
  watch: watchNullContext,
};
