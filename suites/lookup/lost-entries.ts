/** CRUD-FIND-002: who serves lookups serves them for every entry that the map holds. */
import type { Watch } from '../../harness/index.ts';
import { FIND, isOrdinary } from '../element-call.ts';
import { together } from '../together.ts';
import { valueLedger } from '../value-ledger.ts';

/**
 * Lookups may be refused (CRUD-FIND-008), for want of memory and of handles that are closed as well; but a user who stored
 * a value where lookups are served finds it, whatever its key and its neighbours.
 */
export const watchLostEntries: Watch = (say, trace) => {
  const { userLookup } = trace.subject.profile;
  if (userLookup !== 'supported') return {};
  const { book, handlers } = valueLedger(trace);
  let excused = false;
  return together(handlers, {
    'allocation-failed': () => void (excused = true),
    'operation-started': (event) => {
      if (event.operation.op === 'close_handles') excused = true;
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || excused || event.callback !== FIND[0] || event.result === 'EBPF_SUCCESS') return;
      if (call.direct || (call.flags ?? 0) !== 0 || !isOrdinary(call, trace)) return;
      const held = book.meantBy(call);
      const isOwn = held.some(
        (value) =>
          value.fate === 'held' &&
          value.key === (call.key ?? null) &&
          trace.call(value.call)?.process === call.process,
      );
      if (!isOwn || event.result === null) return;
      say.violated(
        event,
        'where lookups are served, an entry that the map holds is found with its value',
        `a lookup of a value that ${call.map} holds was answered ${event.result}`,
      );
    },
  });
};
