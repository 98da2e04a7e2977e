/** CRUD-UPD for providers: what update writes, and what becomes of what it took. */
import type { EventOf, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { EBPF_MAP_OPERATION_UPDATE } from '../../harness/index.ts';
import { watchLedger } from '../blame.ts';
import {
  DELETES,
  FIND,
  hasOddSizes,
  isMisaligned,
  isOrdinary,
  isReadBeyond,
  isStoreBeyond,
  isNamed,
  lostCall,
  UPDATES,
} from '../element-call.ts';
import { together } from '../together.ts';
import { valueLedger } from '../value-ledger.ts';

type Returned = EventOf<'callback-returned'>;

const isUpdate = (event: EventOf<'callback-returned'>): boolean => event.callback === UPDATES[0];

/** CRUD-UPD-003: what was in out_value before must not matter to anything later. */
export const watchCompleteValue: Watch = (say, trace) => {
  const owned = watchLedger(['filled'], 'the stored representation is written completely')(
    say,
    trace,
  );
  const { book, handlers } = valueLedger(trace);
  const expected = 'a value is stored the same whatever out_value held before the update';
  /** Answers to lookups, by value and by whether its update found zeros. */
  const answers = new Map<
    string,
    { plain: Map<number, string>; filled: { answer: string; event: Returned }[] }
  >();
  return together(handlers, owned, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || !isOrdinary(call, trace)) return;
      if (isUpdate(event)) {
        if (event.result === 'EBPF_SUCCESS') say.exercised();
        return;
      }
      if (event.callback !== FIND[0]) return;
      const value = book.valueOf(call);
      if (!value) return;
      const seen = answers.get(value.given) ?? { plain: new Map<number, string>(), filled: [] };
      answers.set(value.given, seen);
      const answer = `${event.result} ${event.out ?? ''}`;
      if (value.filled) seen.filled.push({ answer, event });
      else seen.plain.set(value.call, answer);
      // Only what two updates over zeros made alike can be expected of others.
      const [usual, ...more] = new Set(seen.plain.values());
      if (seen.plain.size < 2 || more.length > 0) return;
      for (const one of seen.filled.splice(0)) {
        if (one.answer === usual) continue;
        say.violated(
          one.event,
          expected,
          'a lookup answered differently for a value whose out_value was not zero before the update',
        );
      }
    },
    misuse: (event) => {
      const call = trace.call(event.call);
      const wild = ['bad-access', 'null-access', 'out-of-bounds', 'free-foreign'].includes(
        event.misuse,
      );
      if (call && wild && !hasOddSizes(call, trace) && book.valueOf(call)?.filled) {
        say.violated(
          event,
          expected,
          `${call.callback} used bytes of the stored value that the update had not written: ${event.detail}`,
        );
      }
    },
    lost: (event) => {
      const later = lostCall(trace, event, [...FIND, ...DELETES]);
      if (later && isOrdinary(later, trace) && book.valueOf(later)?.filled)
        say.lost(event, expected);
      const call = lostCall(trace, event, UPDATES);
      if (!call || !isOrdinary(call, trace) || isNamed(event)) return;
      if (isStoreBeyond(event) || isReadBeyond(event)) return;
      if (!book.suspicions.some((one) => one.call === call.call))
        say.lost(event, 'the update callback returns with out_value written');
    },
  });
};

/** CRUD-UPD-005: out_value is NULL where values are stored as given. */
export const watchNullOut: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    if (call && isUpdate(event) && (call.out_size ?? null) === null) say.exercised();
  },
  lost: (event) => {
    const call = lostCall(trace, event, UPDATES);
    if (
      !call ||
      event.how === 'hang' ||
      !isOrdinary(call, trace) ||
      (call.out_size ?? null) !== null
    )
      return;
    if (!isReadBeyond(event) && !isNamed(event))
      say.lost(event, 'update leaves out_value alone when it is NULL with size 0', 'out');
  },
});

/** Whether something was done to make this update fail. */
const isProvoked = (
  trace: TraceView,
  call: NonNullable<ReturnType<TraceView['call']>>,
): boolean => {
  const operation = trace.operation(call.op)?.operation;
  const value = operation && 'value' in operation ? operation.value : undefined;
  const invalid = typeof value === 'object' && value !== null && 'invalid' in value;
  return invalid || hasOddSizes(call, trace) || trace.conditions.fail_allocation !== undefined;
};

/** Updates that were refused, and those that were meant to be. */
const eachRefusal =
  (look: (event: EventOf<'callback-returned'>, say: Verdicts, starved: boolean) => void): Watch =>
  (say, trace) => {
    const starved = new Set<number>();
    return {
      'allocation-failed': (event) => void starved.add(event.call),
      'callback-returned': (event) => {
        const call = trace.call(event.call);
        if (!call || !isUpdate(event)) return;
        if (event.result !== 'EBPF_SUCCESS') look(event, say, starved.has(event.call));
        else if (isProvoked(trace, call)) say.exercised();
      },
    };
  };

/** CRUD-UPD-008: a refused update holds nothing. */
export const watchRefusedUpdate: Watch = (say, trace) =>
  together(
    watchLedger(
      ['failed-update'],
      'an update that failed holds no resource: no delete callback will follow',
    )(say, trace),
    eachRefusal(() => undefined)(say, trace),
    updatedAgain(say, trace),
  );

/** An update that failed for want of memory and was asked for again, with no more values held and memory enough. */
const updatedAgain = (say: Verdicts, trace: TraceView) => {
  const starved = new Set<number>();
  /** Values held when the update of such a key and value failed. */
  const failed = new Map<string, number>();
  let held = 0;
  return {
    'allocation-failed': (event: EventOf<'allocation-failed'>) => void starved.add(event.call),
    'callback-returned': (event: EventOf<'callback-returned'>) => {
      const call = trace.call(event.call);
      if (!call) return;
      if ((DELETES as readonly string[]).includes(event.callback)) held -= 1;
      if (!isUpdate(event) || !isOrdinary(call, trace)) return;
      const name = `${call.map} ${call.key} ${call.value}`;
      const before = failed.get(name);
      if (event.result === 'EBPF_SUCCESS') {
        held += 1;
        failed.delete(name);
      } else if (starved.has(event.call)) failed.set(name, held);
      else if (before !== undefined && held <= before) {
        say.violated(
          event,
          'an update that failed for want of memory leaves nothing behind: once there is memory, ' +
            'the same is accepted',
          `the update of the same key and value answered ${event.result} again, though no allocation failed`,
        );
      }
    },
  };
};

/** CRUD-UPD-011: the provider cannot know whether a key is new. */
export const watchNoGuess: Watch = (say, trace) => {
  const expected =
    'an update does not depend on whether the key is there already, nor on the option, which ' +
    'nobody tells the provider';
  const owned = watchLedger(['rollback-on-existing'], expected, ['accepted'])(say, trace);
  /** Values refused for a key that held another value, by map and value: event of the refusal. */
  const refused = new Map<string, EventOf<'callback-returned'>>();
  const held = new Set<string>();
  /** Values accepted at any time: a refusal of one of them may be for its being a duplicate. */
  const given = new Set<string>();
  let failing = false;
  const isHeld = (map: string, key: string): boolean => held.has(`${map} ${key}`);
  return together(owned, {
    'allocation-failed': () => void (failing = true),
    'operation-ended': (event) => {
      if (event.operation.op === 'close') held.clear();
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || !call.map || !call.key) return;
      if ((DELETES as readonly string[]).includes(event.callback)) {
        // With something released, a refusal for want of room may be over.
        refused.clear();
        if (!((call.flags ?? 0) & EBPF_MAP_OPERATION_UPDATE))
          held.delete(`${call.map} ${call.key}`);
      }
      if (!isUpdate(event) || call.direct || failing || !isOrdinary(call, trace)) return;
      const name = `${call.map} ${call.value}`;
      if (event.result !== 'EBPF_SUCCESS') {
        const twin = given.has(call.value ?? '');
        if (isHeld(call.map, call.key) && !twin) refused.set(name, event);
        return;
      }
      const refusal = refused.get(name);
      const fresh = !isHeld(call.map, call.key);
      held.add(`${call.map} ${call.key}`);
      given.add(call.value ?? '');
      if (!refusal || !fresh) return;
      refused.delete(name);
      say.violated(
        refusal,
        expected,
        `a value was refused (${refusal.result}) for a key that held another, and accepted for ` +
          `a key that held none`,
      );
    },
  });
};

/** Stores that no address explains; a read beyond a buffer may come of rounding one. */
const isStore = (event: EventOf<'lost'>): boolean =>
  event.damage?.some(({ what }) => what !== 'touched') ?? false;

/** CRUD-UPD-020: buffers may lie at odd addresses. */
export const watchMisaligned: Watch = (say, trace) => {
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

const refusalCodes = ['EBPF_NO_MEMORY', 'EBPF_INVALID_ARGUMENT', 'EBPF_OPERATION_NOT_SUPPORTED'];

/** CRUD-UPD-021: the codes that the header names. */
export const watchRefusalCodes: Watch = eachRefusal((event, say) => {
  say.exercised();
  if (!refusalCodes.includes(event.result ?? '')) {
    say.violated(
      event,
      `an update fails with ${refusalCodes.join(', ')}`,
      `it answered ${event.result}`,
    );
  }
});

/** CRUD-UPD-022: no memory is called so. */
export const watchExhaustion: Watch = eachRefusal((event, say, starved) => {
  if (!starved) return;
  say.exercised();
  if (event.result !== 'EBPF_NO_MEMORY') {
    say.violated(
      event,
      'an update for which an allocation failed answers EBPF_NO_MEMORY',
      `it answered ${event.result}`,
    );
  }
});
