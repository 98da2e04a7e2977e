/** Monitors of memory that readers may still look at: what the provider owes them, and what the runtime owes it. */
import type { Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import { readersOf } from './readers.ts';

/** How a native access to memory that is gone ends. */
const accessErrors: readonly string[] = ['SIGSEGV', 'SIGBUS', 'exception 0xc0000005'];

/** EPOCH-008: a lookup that began before a value went can still read what hangs off it. */
export const watchReaders: Watch = (say, trace) => {
  const expected =
    'what a stored value refers to stays readable for lookups that began before the value was displaced or deleted';
  const { book, handlers } = readersOf(trace);
  const freed = new Map<string, number>();
  const late = new Set<number>();
  return together(handlers, {
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
      // Natively nobody tells of the access itself; a value that was taken away meanwhile tells enough.
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

const isDispatch = (callback: string): boolean => /^(pre|post)process_/.test(callback);

/** EPOCH-010 (runtime): members of the dispatch table are called in an epoch. */
export const watchCallsProtected: Watch = (say) => ({
  'callback-entered': (event) => {
    if (event.direct || !isDispatch(event.callback)) return;
    say.exercised();
    if (event.in_epoch) return;
    say.violated(
      event,
      'the runtime calls members of the dispatch table inside an epoch',
      `${event.callback} was called outside any epoch`,
    );
  },
});

/** EPOCH-011 (runtime): what is given back stays as it is while an epoch lasts that began before. */
export const watchReclamation: Watch = (say, trace) => {
  const freed = new Map<string, number>();
  const running = new Set<number>();
  return {
    'callback-entered': (event) => void running.add(event.call),
    'callback-returned': (event) => void running.delete(event.call),
    freed: (event) => {
      const call = trace.call(event.call);
      if (!call || !isDispatch(call.callback) || !call.in_epoch) return;
      freed.set(event.block, event.seq);
      say.exercised();
    },
    misuse: (event) => {
      const call = trace.call(event.call);
      const at = event.block === undefined ? undefined : freed.get(event.block);
      if (event.misuse !== 'use-after-free' || !call?.in_epoch || at === undefined || at < call.seq)
        return;
      say.violated(
        event,
        'memory passed to epoch_free keeps its contents until every epoch that began before has ended',
        `${event.block} was reclaimed while ${call.callback}, which had begun before the free, was still running`,
      );
    },
  };
};
