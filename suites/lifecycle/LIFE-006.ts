/**
 * LIFE-006, a SHOULD NOT for the provider.
 * Source: libs/execution_context/ebpf_maps.c:ebpf_object epoch work item
 */
import type { CallbackEntered, Requirement, Watch } from '../../harness/index.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { isNullDelete, mapDelete } from './map-ends.ts';

/** LIFE-006: a map may be destroyed in another process and later than its handle is closed. */
const watchForeignEnd: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const expected =
    'postprocess_map_delete does its work in a process other than the one that created the map';
  const isForeign = (call: CallbackEntered | undefined): boolean => {
    const life = lives.of(call?.map);
    return (
      life !== undefined &&
      call?.callback === mapDelete &&
      !call.direct &&
      call.process !== life.process
    );
  };
  return inOrder(handlers, {
    'callback-returned': (event) => {
      if (isForeign(trace.call(event.call))) say.exercised();
    },
    balance: (event) => {
      if (event.why !== 'unloaded') return;
      for (const [call, sum] of byMaker(event.balance)) {
        const made = trace.call(call);
        const life = made?.callback === 'preprocess_map_create' ? lives.of(made.map) : undefined;
        if (!life?.gone || !lives.endedElsewhere(life)) continue;
        say.violated(
          event,
          expected,
          `${amount(sum)} of ${life.map}, destroyed in another process, still there after unload`,
        );
        return;
      }
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (isForeign(call) && !isNullDelete(call)) say.lost(event, expected, 'process');
    },
  });
};

export const rule: Requirement = {
  id: 'LIFE-006',
  asks:
    'A map may be destroyed in another process or thread than the one that created it, later ' +
    'than its handle is closed.',
  passing: 'Maps destroyed under another process mark ended without harm and left nothing.',
  look: 'postprocess_map_delete: does it ask for the current process?',
  watch: watchForeignEnd,
};
