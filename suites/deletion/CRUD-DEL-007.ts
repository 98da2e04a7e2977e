/**
 * CRUD-DEL-007, a MUST for the provider.
 * Source: docs/CustomMaps.md#Delete Element; Flags
 */
import {
  type Condition,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type TraceView,
  type Watch,
} from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { flagsIn } from '../state/cause.ts';
import { declares } from '../state/declares.ts';
import { DELETES, isOrdinary, isReadBeyond, lostCall } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { type Entered, eachDelete } from './deletions.ts';
import { deletes, evidence } from './conditions.ts';

/**
 * A displaced value of a provider that no update callback tells of values: CRUD-DEL-013 speaks of
 * it.
 */
const isUnannounced = (call: Entered, trace: TraceView): boolean =>
  !trace.subject.profile.hasUpdate && ((call.flags ?? 0) & UPDATE) !== 0;

const oneBit = (flags: number): boolean => flags !== 0 && (flags & (flags - 1)) === 0;

/** CRUD-DEL-007: every reachable combination of flags releases the value handed over. */
const watchRelease: Watch = (say, trace) => {
  const expected =
    'the delete callback releases the resource of its value argument, whatever the flags';
  const owned = watchLedger(['delete'], expected)(say, trace);
  const { book, handlers } = valueLedger(trace);
  return inOrder(
    handlers,
    owned,
    eachDelete(trace, (_event, call) => {
      if (!trace.subject.profile.hasUpdate && isOrdinary(call, trace)) say.exercised();
    }),
    {
      lost: (event) => {
        const call = lostCall(trace, event, DELETES);
        if (!call || !isOrdinary(call, trace) || isReadBeyond(event)) return;
        if (isUnannounced(call, trace)) return;
        // One bit alone: several are FLAG-005's.
        const grounds = oneBit(flagsIn(event)) ? 'cause' : undefined;
        if (!book.suspicions.some((one) => one.call === call.call))
          say.lost(event, expected, grounds);
      },
    },
  );
};

/**
 * One that refuses every explicit delete releases nothing for any: that only a declaration excuses.
 */
const grantsDeletes: Condition = {
  holds: (subject) => !subject.profile.deleteMayReject || declares(subject, 'deleteMayReject'),
  otherwise: [
    {
      by: 'probed',
      on: 'deleteMayReject',
      why: 'every explicit delete was refused: if that is meant, declare deleteMayReject: true',
    },
  ],
};

export const rule: Requirement = {
  id: 'CRUD-DEL-007',
  asks:
    'The delete callback releases the resource of its value argument in every combination ' +
    'of flags that can reach it.',
  passing:
    `Values deleted with 0, UPDATE, MAP_CLEANUP and, where programs may use the map, ` +
    `HELPER and HELPER|UPDATE were released. ${evidence}`,
  look: 'the delete callback: which flags lead past the release?',
  applies: [...deletes, grantsDeletes],
  watch: watchRelease,
  owns: ['preprocess_map_delete_element', 'postprocess_map_delete_element'],
  underThreads: {
    exercisedBy: 'delete',
    brokenBy: {
      'references-left-by-deletes': 'deletes release what updates acquired',
      'blocks-left-by-deletes': 'deletes release what updates acquired',
      'count-left': 'deletes release what updates acquired',
    },
  },
};
