/**
 * UNLOAD-002, a MUST for the provider.
 * Source: sample_ext.c:sample_ebpf_extension_map_provider_unregister; usersim
 * src/nmr_impl.cpp:deregister_provider
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from './deregistrations.ts';

/** UNLOAD-002: STATUS_SUCCESS means that there is nothing to wait for. */
const watchImmediate: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  let immediate = 0;
  return inOrder(handlers, {
    deregister: (event) => {
      if (event.status === 'STATUS_SUCCESS' && event.registration !== null) immediate += 1;
    },
    module: (event) => {
      if (event.what === 'stopped' && immediate > 0) say.exercised(immediate);
      if (event.what === 'stopped') immediate = 0;
    },
    misuse: (event) => {
      if (event.misuse !== 'wait-bad-handle') return;
      say.violated(event, `no wait when no deregistration is pending`, event.detail);
    },
    lost: (event) => {
      if (event.callback !== 'stop' || event.how !== 'hang') return;
      if (state.waitedInVain || state.bound() === 0) {
        say.lost(event, 'stop returns when no client is bound');
      }
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-002',
  asks: 'STATUS_SUCCESS from NmrDeregisterProvider means that nothing has to be waited for.',
  passing: 'stop returned promptly when no client was bound.',
  look: 'The unload routine: wait only on STATUS_PENDING; wait for no client that may never come.',
  watch: watchImmediate,
};
