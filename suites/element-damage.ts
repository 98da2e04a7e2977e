/** Harm to the buffers of element callbacks: the monitors that find, update and delete share. */
import type { BufferName, Damage, EventOf, Watch } from '../harness/index.ts';
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

/** Buffers are only read, are not given back to anybody, and are forgotten when the call is over. */
export const watchConstBuffers =
  (side: Side, buffers: string): Watch =>
  (say) => {
    const mine = callbacksOf[side];
    const expected = `${buffers} are left as they are, not released, and not kept after the call`;
    let finds = 0;
    const isMine = (damage: Damage, event: EventOf<'callback-returned'>): boolean => {
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
    return {
      'callback-returned': (event) => {
        if (event.callback === FIND[0]) finds += 1;
        if (mine.includes(event.callback)) say.exercised();
        for (const damage of event.damage) {
          if (isMine(damage, event))
            say.violated(event, expected, sentence(damage, event.callback));
        }
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
          const outside = damage.what === 'overrun' || damage.what === 'touched';
          if (outside && damage.buffer === 'out_value')
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
        if (isStoreBeyond(event) || pointsAt(event, 'out_value')) say.lost(event, expected);
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
          if (damage.what === 'touched' && damage.buffer !== 'out_value')
            say.violated(event, expected, sentence(damage, event.callback));
        }
      },
      lost: (event) => {
        const call = lostCall(trace, event, mine);
        if (!call || !isOrdinary(call, trace)) return;
        const named = ['key', 'in_value', 'value'].some((name) => pointsAt(event, name));
        if (isReadBeyond(event) || named) say.lost(event, expected);
      },
    };
  };

/** A native fault whose place the host could name. */
const pointsAt = (event: EventOf<'lost'>, buffer: string): boolean =>
  new RegExp(`\\b${buffer}\\b`).test(event.detail);
