/**
 * SIZE-005, a MUST for the runtime.
 * Source: docs/CustomMaps.md#User-mode APIs (unchanged libbpf behaviour);
 * libs/execution_context/ebpf_maps.c:ebpf_map_find_entry
 */
import { type Operation, type Requirement, type Watch, except } from '../../harness/index.ts';
import { FIND } from '../state/element-call.ts';
import { takesAnyLength } from '../state/shipped-reading.ts';
import { ELEMENTS, names } from './element-flags.ts';
import { usable } from './conditions.ts';

/** SIZE-005: lengths that do not fit the map are refused before anybody is asked. */
const watchCallerLengths: Watch = (say, trace) => {
  const expected =
    "key and value lengths that differ from the map's are refused before the base map or the " +
    'provider is asked';
  const isOdd = (op: number, map: string | undefined): boolean => {
    const asked = trace.operation(op);
    return asked?.caller === 'user' && misfits(asked.operation, trace.map(map));
  };
  return {
    'callback-entered': (event) => {
      if (event.direct || !names(event.callback, ELEMENTS) || !isOdd(event.op, event.map)) return;
      const saw = names(event.callback, FIND)
        ? `find was called with key_size ${event.key_size}`
        : `${event.callback} was called for lengths that do not fit`;
      say.violated(event, expected, saw);
    },
    'operation-ended': (event) => {
      if (event.skipped || !isOdd(event.op, event.map)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      const what = event.operation.op === 'find' ? 'lookup' : event.operation.op;
      say.violated(event, expected, `the ${what} answered EBPF_SUCCESS`);
    },
  };
};

/**
 * Whether a user states lengths that are not the map's; a larger buffer for a lookup does no harm.
 */
const misfits = (
  operation: Operation,
  map: { key_size: number; value_size: number } | undefined,
): boolean => {
  if (!map) return false;
  const { key_size, value_size } = map;
  const isOther = (stated: number | undefined): boolean =>
    stated !== undefined && stated !== key_size;
  switch (operation.op) {
    case 'find':
      return isOther(operation.key_size) || (operation.buffer ?? value_size) < value_size;
    case 'update':
      return isOther(operation.key_size) || (operation.value_size ?? value_size) !== value_size;
    case 'delete':
    case 'next_key':
      return isOther(operation.key_size);
    default:
      return false;
  }
};

export const rule: Requirement = {
  id: 'SIZE-005',
  asks: 'Key and value lengths of user callers are checked against the map before anybody is asked.',
  passing: 'Lookups with other lengths were refused without a callback.',
  look: "the runtime's entry for custom maps: do the checks of native maps apply?",
  applies: usable,
  watch: watchCallerLengths,
  readings: { 'as-shipped': except(watchCallerLengths, takesAnyLength) },
};
