/**
 * Names the buffer behind a crash. A run repeats itself exactly, so it is made again with buffers
 * that lie between guard bytes: if the call that was lost returns now, what it did to them says why
 * it was lost.
 */
import type { Relaxation } from '../provider/port.ts';
import type { BufferName, Damage } from '../trace/damage.ts';
import type { CallbackEntered, EventOf, TraceEvent } from '../trace/event.ts';
import type { Death } from './host-process.ts';
import { sanitizerReport } from './stderr-tail.ts';

/** Makes the lost run again, as far as it gets. */
export type Repeat = (relax: Relaxation) => Promise<readonly TraceEvent[]>;

const accessErrors = ['SIGSEGV', 'SIGBUS', 'exception 0xc0000005'];

/** Whether a process may have died of what it did to a buffer. */
export const isBadAccess = ({ how, error, said, mark }: Death): boolean =>
  how === 'crash' &&
  mark.stage === 'subject' &&
  /^(pre|post)process_/.test(mark.callback) &&
  (accessErrors.includes(error) || sanitizerReport(said)?.saw.startsWith('SEGV') === true);

/**
 * What the lost call did to its buffers; nothing when it was lost for another reason. At most five
 * repetitions, and one when it read beyond the buffer that is guessed.
 */
export const autopsy = async (
  trace: readonly TraceEvent[],
  lost: EventOf<'lost'>,
  repeat: Repeat,
  guess: Damage | null = null,
): Promise<Damage[]> => {
  const returned = async (relax: Relaxation): Promise<EventOf<'callback-returned'> | undefined> =>
    (await repeat(relax)).find(
      (event): event is EventOf<'callback-returned'> =>
        event.kind === 'callback-returned' &&
        event.call === lost.call &&
        event.callback === lost.callback,
    );
  const buffers = buffersOf(trace, lost);
  const isGuess = ({ name }: Lent): boolean => guess?.what === 'touched' && guess.buffer === name;
  const guessed = buffers.find(isGuess);
  if (guessed && (await returned({ buffers: guessed.name, access: 'longer' })))
    return [beyond(guessed)];
  const open = await returned({ buffers: 'all', access: 'open' });
  if (!open) return [];
  const stores = open.damage.filter(isStore);
  if (stores.length > 0) return stores;
  // Nothing changed: it read beyond a buffer, or stored what was there.
  const access = (await returned({ buffers: 'all', access: 'longer' })) ? 'longer' : 'open';
  for (const lent of buffers) {
    const { name } = lent;
    if (access === 'open' ? name === 'out_value' : lent === guessed) continue;
    if (!(await returned({ buffers: name, access }))) continue;
    return [access === 'open' ? { what: 'modified', buffer: name } : beyond(lent)];
  }
  return [];
};

type Lent = { name: BufferName; size: number };

const beyond = ({ name, size }: Lent): Damage => ({ what: 'touched', buffer: name, offset: size });

const isStore = (damage: Damage): boolean =>
  damage.what === 'modified' ||
  damage.what === 'overrun' ||
  (damage.what === 'kept' && damage.how === 'written');

/** The buffers that the lost call was given. */
const buffersOf = (trace: readonly TraceEvent[], lost: EventOf<'lost'>): Lent[] => {
  const call = trace.find(
    (event): event is CallbackEntered & TraceEvent =>
      event.kind === 'callback-entered' && event.call === lost.call,
  );
  const isDelete = lost.callback.endsWith('_delete_element');
  const sizes: [BufferName, number | null][] = [
    ['key', bytesIn(call?.key)],
    [isDelete ? 'value' : 'in_value', bytesIn(call?.value)],
    ['out_value', call?.out_size ?? null],
  ];
  return sizes.flatMap(([name, size]) => (size === null ? [] : [{ name, size }]));
};

const bytesIn = (hex: string | null | undefined): number | null =>
  typeof hex === 'string' ? hex.length / 2 : null;

/** The damage in words, to go on with after how the process ended. */
export const wordsOfDamage = (damage: readonly Damage[]): string =>
  damage.map((one) => `; the call ${wordsOf(one)}`).join('');

const wordsOf = (damage: Damage): string => {
  switch (damage.what) {
    case 'modified':
      return `wrote to ${damage.buffer}, which is const`;
    case 'overrun':
      return `wrote at offset ${damage.offset} of ${damage.buffer}, outside it`;
    case 'touched':
      return `read outside ${damage.buffer}, which has ${damage.offset} bytes`;
    case 'released':
      return `released ${damage.buffer}`;
    case 'kept':
      return `wrote to ${damage.buffer} of an earlier ${damage.callback}, which had returned`;
  }
};
