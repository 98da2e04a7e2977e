/**
 * EPOCH-008, a MUST for the provider.
 * Source: docs/CustomMaps.md#Memory Management and RCU Semantics
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { hasFind, hasValues, transforms, when } from '../state/applies.ts';
import { inOrder } from '../state/in-order.ts';
import { readersOf } from './readers.ts';

/** How a native access to memory that is gone ends. */
const accessErrors: readonly string[] = ['SIGSEGV', 'SIGBUS', 'exception 0xc0000005'];

/** EPOCH-008: a lookup that began before a value went can still read what hangs off it. */
const watchReaders: Watch = (say, trace) => {
  const expected =
    'what a stored value refers to stays readable for lookups that began before the value was displaced or deleted';
  const { book, handlers } = readersOf(trace);
  const freed = new Map<string, number>();
  const late = new Set<number>();
  return inOrder(handlers, {
    freed: (event) => void freed.set(event.block, event.seq),
    misuse: (event) => {
      const call = trace.call(event.call);
      const isReader =
        call?.callback === 'postprocess_map_find_element' || call?.callback === 'invokeHelper';
      if (!isReader || event.misuse !== 'use-after-free' || event.block === undefined) return;
      if ((freed.get(event.block) ?? -1) < book.beginOf(call)) return;
      late.add(event.call);
      say.violated(
        event,
        expected,
        `${event.detail}: it was given back after the lookup had begun`,
      );
    },
    lost: (event) => {
      if (late.has(event.call)) say.lost(event, expected);
      // Natively nobody tells of the access itself; a value that was taken away meanwhile tells
      // enough.
      else if (book.of(event.call)?.displaced && accessErrors.includes(event.error))
        say.lost(event, expected, 'damage');
    },
    'callback-returned': (event) => {
      const reading = book.of(event.call);
      if (!reading?.displaced) return;
      say.exercised();
      const { given, call } = reading;
      if (trace.subject.profile.valueRelation !== 'identity' || event.result !== 'EBPF_SUCCESS')
        return;
      if (given === null || !event.out || !call.out_size || event.out === given) return;
      say.violated(
        event,
        expected,
        `a lookup of ${call.map} whose value had been deleted meanwhile gave other bytes than were put in`,
      );
    },
  });
};

export const rule: Requirement = {
  id: 'EPOCH-008',
  asks:
    'Memory that concurrent readers can reach through stored values stays valid until ' +
    'they are done, by whatever means.',
  passing:
    'Lookups that began before a delete or replacement were let go on after it, and read no reclaimed memory.',
  look:
    'The delete callback: is the object freed at once (pool free) rather than through ' +
    'epoch_free, rundown protection or a count?',
  applies: when(transforms, hasFind, hasValues),
  watch: watchReaders,
};
