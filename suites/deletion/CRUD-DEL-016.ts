/**
 * CRUD-DEL-016, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL; libs/execution_context/ebpf_maps.c:pre_free;
 * xdp ebpfcpumap.c 'HARD CONSTRAINT'
 */
import { DISPATCH_LEVEL, type Requirement, type Watch, irqlName } from '../../harness/index.ts';
import { createsMaps, hasValues, isPreprocess, storesAsGiven, when } from '../state/applies.ts';
import { kernelServices } from '../state/blind-spots.ts';
import { DELETES, lostCall } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { type Entered, eachDelete } from './deletions.ts';

/** CRUD-DEL-016: no waiting under the runtime's bucket lock. */
const watchNoWait: Watch = (say, trace) => {
  const expected =
    'preprocess_map_delete_element neither waits nor uses what needs a lower IRQL: it may run ' +
    'under a spin lock of the runtime';
  const isLocked = (call: Entered | undefined): call is Entered =>
    call !== undefined &&
    call.callback === DELETES[0] &&
    (call.locks > 0 || call.irql >= DISPATCH_LEVEL);
  return inOrder(
    eachDelete(trace, (_event, call) => {
      if (isLocked(call)) say.exercised();
    }),
    {
      misuse: (event) => {
        const call = trace.call(event.call);
        if (!isLocked(call)) return;
        if (event.misuse !== 'wait-at-dispatch' && event.misuse !== 'pageable-at-dispatch') return;
        say.violated(
          event,
          expected,
          `${event.detail} at ${irqlName(call.irql)} under ${call.locks} lock(s)`,
        );
      },
      lost: (event) => {
        if (event.how === 'hang' && isLocked(lostCall(trace, event, DELETES)))
          say.lost(event, expected, event.cause?.what === 'level' ? 'level' : undefined);
      },
    },
  );
};

export const rule: Requirement = {
  id: 'CRUD-DEL-016',
  asks:
    'preprocess_map_delete_element does not wait or block: it may run under a spin lock ' +
    'of the runtime.',
  passing:
    'No wait and no routine for lower IRQLs was seen in it at DISPATCH_LEVEL; only interposed ' +
    'routines are seen.',
  look: 'preprocess_map_delete_element: mutexes, waits, pageable code and data.',
  applies: when(isPreprocess, storesAsGiven, createsMaps, hasValues),
  watch: watchNoWait,
  blindSpots: { ownServices: kernelServices },
  underThreads: {
    exercisedBy: 'delete-at-dispatch',
    brokenBy: { 'blocking-in-delete': 'nothing pageable or blocking is called at DISPATCH_LEVEL' },
    isAdvice: ({ deleteStyle, updatesOriginalValue }) =>
      deleteStyle !== 'preprocess' || updatesOriginalValue,
  },
};
