/**
 * CRUD-DEL-003, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Concurrency and IRQL;
 * include/ebpf_extension.h:ebpf_postprocess_map_delete_element_t
 */
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
  except,
  irqlName,
} from '../../harness/index.ts';
import { isPostprocess } from '../state/applies.ts';
import { DELETES } from '../state/element-call.ts';
import { deletesUnderTheLock } from '../state/shipped-reading.ts';
import { deletes } from './conditions.ts';

/** CRUD-DEL-003: the postprocess delete comes after removal, unlocked. */
const watchAfterRemoval: Watch = (say, trace) => {
  const expected =
    'postprocess_map_delete_element is called after the entry was removed and the bucket lock released';
  const isIt = (call: ReturnType<typeof trace.call>): boolean =>
    call?.callback === DELETES[1] && !call.direct && !((call.flags ?? 0) & (UPDATE | CLEANUP));
  return {
    'callback-entered': (event) => {
      if (!isIt(event)) return;
      say.exercised();
      const user = trace.operation(event.op)?.caller === 'user';
      if (event.locks > 0 || (user && event.irql >= DISPATCH_LEVEL)) {
        say.violated(
          event,
          expected,
          `it ran at ${irqlName(event.irql)} with ${event.locks} lock(s) held`,
        );
      }
    },
    service: (event) => {
      const call = trace.call(event.call);
      if (
        !isIt(call) ||
        event.name !== 'find_element_function' ||
        event.key !== call?.key ||
        event.map !== call?.map
      )
        return;
      if (event.result === 'EBPF_SUCCESS')
        say.violated(event, expected, 'the provider still found the key in the map');
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-DEL-003',
  asks: 'postprocess_map_delete_element comes after the entry was removed and the bucket lock released.',
  passing:
    'It ran without locks, at PASSIVE_LEVEL for users, and the key was not found from inside it.',
  look:
    "the runtime's delete: is the notification sent after the bucket is unlocked, " +
    'whatever other callbacks there are?',
  applies: [isPostprocess, ...deletes],
  watch: watchAfterRemoval,
  readings: { 'as-shipped': except(watchAfterRemoval, deletesUnderTheLock) },
};
