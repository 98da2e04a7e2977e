/**
 * CRUD-DEL-017, a SHOULD for the provider.
 * Source: xdp PR #1008 review; include/ebpf_extension.h:
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { DELETES, hasOddSizes, lostCall } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { type Entered, eachDelete, isDelete } from './deletions.ts';
import { deletes } from './conditions.ts';

/** CRUD-DEL-017: an unexpected value_size does no harm. */
const watchOddValueSize: Watch = (say, trace) => {
  const expected = 'a delete callback with an unexpected value_size does nothing harmful';
  const isOdd = (call: Entered | undefined): boolean =>
    call !== undefined && isDelete(call.callback) && hasOddSizes(call, trace);
  return inOrder(
    eachDelete(trace, (event, call) => {
      if (!isOdd(call)) return;
      say.exercised();
      for (const damage of event.damage) {
        if (damage.what === 'overrun' || damage.what === 'touched')
          say.violated(event, expected, `it touched memory beyond ${damage.buffer}`);
      }
    }),
    {
      misuse: (event) => {
        const wild = [
          'free-foreign',
          'bad-access',
          'null-access',
          'out-of-bounds',
          'use-after-free',
          'free-twice',
        ];
        if (isOdd(trace.call(event.call)) && wild.includes(event.misuse))
          say.violated(event, expected, event.detail);
      },
      lost: (event) => {
        if (isOdd(lostCall(trace, event, DELETES))) say.lost(event, expected, 'size');
      },
    },
  );
};

export const rule: Requirement = {
  id: 'CRUD-DEL-017',
  asks: 'An unexpected value_size does no harm.',
  passing: 'Direct calls with value_size 0 came back without harm.',
  look: 'the delete callback: is value_size checked before the value is read?',
  applies: deletes,
  watch: watchOddValueSize,
};
