/** Harm to the buffers of element callbacks: the monitors that find, update and delete share. */
import type { BufferName, Damage, EventOf, Watch } from '../../harness/index.ts';
import {
  DELETES,
  FIND,
  isOrdinary,
  isReadBeyond,
  isStoreBeyond,
  lostCall,
  UPDATES,
} from './element-call.ts';

type Side = 'find' | 'update' | 'delete';

const callbacksOf: Record<Side, readonly string[]> = {
  find: FIND,
  update: UPDATES,
  delete: DELETES,
};

/** Which late reads belong to a side: the buffers that nobody else is given under that name. */
const readNames: Record<Side, readonly BufferName[]> = {
  find: [],
  update: ['in_value', 'out_value', 'key'],
  delete: ['value'],
};

/**
 * Whose buffer an address was read from after its call. What find is handed holds addresses where
 * the provider makes the stored representation; what update is handed holds the users' bytes.
 */
const staleSide = (stale: BufferName, transforms: boolean): Side => {
  if (stale === 'value') return 'delete';
  return stale === 'in_value' && transforms ? 'find' : 'update';
};

/**
 * Buffers are only read, are not given back to anybody, and are forgotten when the call is over.
 */
export const watchConstBuffers =
  (side: Side, buffers: string): Watch =>
  (say, trace) => {
    const mine = callbacksOf[side];
    const expected = `${buffers} are left as they are, not released, and not kept after the call`;
    const followed = new Set<number>();
    let finds = 0;
    const isMine = (damage: Damage, event: EventOf<'callback-returned' | 'lost'>): boolean => {
      if (damage.what === 'kept' && damage.how === 'written') return mine.includes(damage.callback);
      if (damage.what === 'kept') {
        if (side === 'find')
          return finds > 1 && damage.buffer === 'in_value' && event.callback === FIND[0];
        return readNames[side].includes(damage.buffer);
      }
      if (!mine.includes(event.callback)) return false;
      if (damage.what === 'modified') return damage.buffer !== 'out_value';
      return damage.what === 'released';
    };
    /** A store beyond a buffer that is only read; with sizes as the runtime passes them. */
    const isBeyond = (damage: Damage, event: EventOf<'callback-returned' | 'lost'>): boolean => {
      if (damage.what !== 'overrun' || damage.buffer === 'out_value') return false;
      const call = trace.call(event.call);
      return mine.includes(event.callback) && call !== undefined && isOrdinary(call, trace);
    };
    return {
      'callback-returned': (event) => {
        if (event.callback === FIND[0]) finds += 1;
        if (mine.includes(event.callback)) say.exercised();
        for (const damage of event.damage) {
          if (isMine(damage, event) || isBeyond(damage, event))
            say.violated(event, expected, sentence(damage, event.callback));
        }
      },
      misuse: (event) => {
        const { updatesOriginalValue } = trace.subject.profile;
        if (!event.stale || staleSide(event.stale, updatesOriginalValue) !== side) return;
        followed.add(event.call);
        const where = trace.call(event.call)?.callback ?? 'no callback';
        const saw = `an address was read from ${event.stale} of an earlier call (in ${where})`;
        say.violated(event, expected, saw);
      },
      lost: (event) => {
        if (followed.has(event.call)) say.lost(event, expected);
        const isHarm = (damage: Damage): boolean =>
          isMine(damage, event) || isBeyond(damage, event);
        if (event.damage?.some(isHarm)) say.lost(event, expected, 'damage');
      },
    };
  };

const sentence = (damage: Damage, callback: string): string => {
  switch (damage.what) {
    case 'modified':
      return `${callback} changed ${damage.buffer}`;
    case 'released':
      return `${callback} released ${damage.buffer}`;
    case 'kept':
      return damage.how === 'written'
        ? `${damage.buffer} of an earlier ${damage.callback} was written after that call had returned`
        : `contents of ${damage.buffer} of an earlier call turned up after that call had returned`;
    case 'overrun':
      return `${callback} wrote at offset ${damage.offset} of ${damage.buffer}`;
    case 'touched':
      return `${callback} touched memory at offset ${damage.offset} of ${damage.buffer}`;
  }
};

const isOutside = (damage: Damage): boolean =>
  (damage.what === 'overrun' || damage.what === 'touched') && damage.buffer === 'out_value';

const isReadOutside = (damage: Damage): boolean =>
  damage.what === 'touched' && damage.buffer !== 'out_value';

/** Whether it was one of these buffers, where it is known which. */
const isBuffer = ({ cause }: EventOf<'lost'>, names: readonly string[]): boolean =>
  cause?.what !== 'bounds' || names.includes(cause.of);

/** Nothing is written outside out_value. */
export const watchOutBounds =
  (side: 'find' | 'update'): Watch =>
  (say, trace) => {
    const mine = callbacksOf[side];
    const expected = 'nothing is written outside out_value and its out_value_size bytes';
    return {
      'callback-returned': (event) => {
        const call = trace.call(event.call);
        if (!call || !mine.includes(event.callback)) return;
        say.exercised();
        if (!isOrdinary(call, trace)) return;
        for (const damage of event.damage) {
          if (isOutside(damage))
            say.violated(
              event,
              expected,
              `${sentence(damage, event.callback)}, which has ${call.out_size} bytes`,
            );
        }
      },
      lost: (event) => {
        const call = lostCall(trace, event, mine);
        if (!call || !isOrdinary(call, trace) || typeof call.out_size !== 'number') return;
        if (isStoreBeyond(event) && isBuffer(event, ['out_value']))
          say.lost(event, expected, 'bounds');
        if (event.damage?.some(isOutside)) say.lost(event, expected, 'damage');
      },
    };
  };

/** Nothing is read beyond the stated sizes. */
export const watchReadBounds =
  (side: Side, buffers: string): Watch =>
  (say, trace) => {
    const mine = callbacksOf[side];
    const expected = `no more than the stated bytes of ${buffers} are read`;
    return {
      'callback-returned': (event) => {
        const call = trace.call(event.call);
        if (!call || !mine.includes(event.callback)) return;
        say.exercised();
        if (!isOrdinary(call, trace)) return;
        for (const damage of event.damage) {
          if (isReadOutside(damage))
            say.violated(event, expected, sentence(damage, event.callback));
        }
      },
      lost: (event) => {
        const call = lostCall(trace, event, mine);
        if (!call || !isOrdinary(call, trace)) return;
        if (isReadBeyond(event) && isBuffer(event, ['key', 'value']))
          say.lost(event, expected, 'bounds');
        if (event.damage?.some(isReadOutside)) say.lost(event, expected, 'damage');
      },
    };
  };
