/**
 * CRUD-UPD-020, a SHOULD NOT for the provider.
 * Source: libs/execution_context/ebpf_core.c (request->data + key_length);
 * libs/runtime/ebpf_hash_table.c:ebpf_hash_bucket_entry_t
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import {
  DELETES,
  FIND,
  UPDATES,
  hasOddSizes,
  isMisaligned,
  lostCall,
} from '../state/element-call.ts';
import { updates } from './conditions.ts';

/** Stores that no address explains; a read beyond a buffer may come of rounding one. */
const isStore = (event: EventOf<'lost'>): boolean =>
  event.damage?.some(({ what }) => what !== 'touched') ?? false;

/** CRUD-UPD-020: buffers may lie at odd addresses. */
const watchMisaligned: Watch = (say, trace) => {
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (call?.key !== undefined && isMisaligned(call, trace)) say.exercised();
    },
    lost: (event) => {
      const call = lostCall(trace, event, [...UPDATES, ...FIND, ...DELETES]);
      if (call && isMisaligned(call, trace) && !hasOddSizes(call, trace) && !isStore(event))
        say.lost(
          event,
          'key and values are read correctly from odd addresses',
          trace.conditions.misaligned ? 'condition' : undefined,
        );
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-UPD-020',
  asks: 'The provider does not rely on the alignment of key and in_value.',
  passing: 'Updates, lookups and deletes with buffers at odd addresses came back.',
  look: 'the callbacks: is a buffer cast to a pointer to a wider type, where a copy is due?',
  applies: updates,
  watch: watchMisaligned,
};
