/** CRUD-DEL for providers: what the delete callback releases, in which circumstances, and what it leaves alone. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  flagNames,
  irqlName,
} from '../../harness/index.ts';
import { watchLedger } from '../blame.ts';
import {
  DELETES,
  hasOddSizes,
  isHostile,
  isOrdinary,
  isReadBeyond,
  lostCall,
} from '../element-call.ts';
import { together } from '../together.ts';
import { valueLedger } from '../value-ledger.ts';
import { flagsIn, isRuledOut } from '../cause.ts';

type Entered = NonNullable<ReturnType<TraceView['call']>>;

const isDelete = (callback: string): boolean => (DELETES as readonly string[]).includes(callback);
const isPreprocess = (event: { callback: string }): boolean => event.callback === DELETES[0];

/** Finished delete callbacks. */
const eachDelete = (
  trace: TraceView,
  look: (event: EventOf<'callback-returned'>, call: Entered) => void,
): ReturnType<Watch> => ({
  'callback-returned': (event) => {
    const call = isDelete(event.callback) ? trace.call(event.call) : undefined;
    if (call) look(event, call);
  },
});

/** A displaced value of a provider that no update callback tells of values: CRUD-DEL-013 speaks of it. */
const isUnannounced = (call: Entered, trace: TraceView): boolean =>
  !trace.subject.profile.hasUpdate && ((call.flags ?? 0) & UPDATE) !== 0;

/** CRUD-DEL-006: with UPDATE or MAP_CLEANUP there is nothing to refuse. */
export const watchNoRefusal: Watch = (say, trace) => {
  const { book, handlers } = valueLedger(trace);
  return together(
    eachDelete(trace, (event, call) => {
      const flags = call.flags ?? 0;
      if (!isPreprocess(event) || !(flags & (UPDATE | CLEANUP)) || isHostile(call, trace)) return;
      if (call.direct && !book.isKnown(call)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') {
        say.violated(
          event,
          'preprocess_map_delete_element does not fail when UPDATE or MAP_CLEANUP is set',
          `it answered ${event.result} with flags ${flagNames(flags)}`,
        );
      }
    }),
    handlers,
  );
};

const oneBit = (flags: number): boolean => flags !== 0 && (flags & (flags - 1)) === 0;

/** CRUD-DEL-007: every reachable combination of flags releases the value handed over. */
export const watchRelease: Watch = (say, trace) => {
  const expected =
    'the delete callback releases the resource of its value argument, whatever the flags';
  const owned = watchLedger(['delete'], expected)(say, trace);
  const { book, handlers } = valueLedger(trace);
  return together(
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

/** CRUD-DEL-012: a NULL key is survived. */
export const watchNullKey: Watch = (say, trace) =>
  together(
    eachDelete(trace, (_event, call) => {
      if (call.key === null) say.exercised();
    }),
    {
      lost: (event) => {
        if (lostCall(trace, event, DELETES)?.key === null)
          say.lost(event, 'the delete callback copes with key NULL', 'key');
      },
    },
  );

/** CRUD-DEL-013: a delete(UPDATE) for a value that no update callback announced. */
export const watchUnannounced: Watch = (say, trace) => {
  const expected =
    'a delete callback with UPDATE for a value that was never announced is tolerated';
  const isIt = (call: Entered | undefined): boolean =>
    Boolean(call && (call.flags ?? 0) & UPDATE && !hasOddSizes(call, trace));
  const ops = new Set<number>();
  return together(
    eachDelete(trace, (_event, call) => {
      if (!isIt(call)) return;
      say.exercised();
      ops.add(call.op);
    }),
    {
      lost: (event) => {
        if (isIt(lostCall(trace, event, DELETES)) && !isRuledOut(event, 'flags'))
          say.lost(event, expected);
      },
      misuse: (event) => {
        const call = trace.call(event.call);
        const harmful = [
          'free-twice',
          'free-foreign',
          'bad-access',
          'null-access',
          'object-dereferenced-too-often',
        ];
        if (call && isDelete(call.callback) && isIt(call) && harmful.includes(event.misuse))
          say.violated(event, expected, event.detail);
      },
      'operation-ended': (event) => {
        if (ops.has(event.op) && (event.resources ?? 0) < 0)
          say.violated(event, expected, `the provider's counter fell to ${event.resources}`);
      },
    },
  );
};

const deleteCodes = ['EBPF_SUCCESS', 'EBPF_KEY_NOT_FOUND', 'EBPF_OPERATION_NOT_SUPPORTED'];

/** CRUD-DEL-015: the codes that the header names. */
export const watchDeleteCodes: Watch = (say, trace) =>
  eachDelete(trace, (event, call) => {
    if (!isPreprocess(event) || isHostile(call, trace)) return;
    say.exercised();
    if (!deleteCodes.includes(event.result ?? '')) {
      say.violated(
        event,
        `preprocess_map_delete_element answers ${deleteCodes.join(', ')}`,
        `it answered ${event.result}`,
      );
    }
  });

/** CRUD-DEL-016: no waiting under the runtime's bucket lock. */
export const watchNoWait: Watch = (say, trace) => {
  const expected =
    'preprocess_map_delete_element neither waits nor uses what needs a lower IRQL: it may run ' +
    'under a spin lock of the runtime';
  const isLocked = (call: Entered | undefined): call is Entered =>
    call !== undefined &&
    call.callback === DELETES[0] &&
    (call.locks > 0 || call.irql >= DISPATCH_LEVEL);
  return together(
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

/** CRUD-DEL-017: an unexpected value_size does no harm. */
export const watchOddValueSize: Watch = (say, trace) => {
  const expected = 'a delete callback with an unexpected value_size does nothing harmful';
  const isOdd = (call: Entered | undefined): boolean =>
    call !== undefined && isDelete(call.callback) && hasOddSizes(call, trace);
  return together(
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
