/**
 * SIZE-004, a SHOULD for the provider.
 * Source: xdp ebpfxskmap.c / ebpfcpumap.c; include/ebpf_extension.h:
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { FIND, UPDATES, hasOddSizes, lostCall } from '../state/element-call.ts';
import type { Entered } from './element-flags.ts';
import { anyCallback } from './conditions.ts';

/** SIZE-004: sizes smaller than agreed lead to a refusal or to less being touched, not to harm. */
const watchSmallSizes: Watch = (say, trace) => {
  const expected = 'sizes that are too small are refused, or no more than that is read and written';
  const isSmall = (call: Entered | undefined): call is Entered =>
    call !== undefined &&
    (call.callback === FIND[0] || call.callback === UPDATES[0]) &&
    call.direct &&
    hasOddSizes(call, trace);
  const wild = ['out-of-bounds', 'bad-access', 'null-access', 'free-foreign', 'use-after-free'];
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!isSmall(call)) return;
      say.exercised();
      for (const damage of event.damage) {
        if (damage.what !== 'overrun' && damage.what !== 'touched') continue;
        say.violated(event, expected, `${event.callback} reached beyond ${damage.buffer}`);
      }
    },
    misuse: (event) => {
      if (isSmall(trace.call(event.call)) && wild.includes(event.misuse))
        say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (isSmall(lostCall(trace, event, [...FIND, ...UPDATES]))) say.lost(event, expected, 'size');
    },
  };
};

export const rule: Requirement = {
  id: 'SIZE-004',
  asks: 'Sizes that the provider depends on are checked.',
  passing:
    'Find and update with smaller values and smaller out buffers failed or touched no more than there was.',
  look: 'the callbacks: are in_value_size and out_value_size looked at before bytes are read and written?',
  applies: anyCallback(['find', 'update']),
  watch: watchSmallSizes,
};
