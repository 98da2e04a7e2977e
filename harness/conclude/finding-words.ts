/** A call of the subject, and the operation that it belongs to, in words: for findings. */
import { flagNames, irqlName } from '../abi/flags.ts';
import { describeOperation } from '../trace/describe.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { unnamed, type Names } from '../trace/names.ts';
import { printable } from '../trace/printable.ts';
import type { Entered } from './lifetimes.ts';

const bytes = (label: 'key' | 'value', hex: string | null | undefined, names: Names): string[] =>
  hex === undefined || hex === '' ? [] : [`${label} ${hex === null ? 'NULL' : names[label](hex)}`];

/** `postprocess_map_delete_element(map#1, key 00000000, flags UPDATE)`. */
export const describeCall = (call: Entered, names: Names = unnamed): string => {
  const { callback, map, binding, key, value, flags, irql, program_type } = call;
  const parts = [
    ...(map === undefined ? (binding === undefined ? [] : [binding]) : [map]),
    ...bytes('key', key, names),
    ...bytes('value', value, names),
    ...(flags ? [`flags ${flagNames(flags)}`] : []),
    ...(program_type === undefined ? [] : [printable(program_type, 60)]),
    ...(irql === 0 ? [] : [`at ${irqlName(irql)}`]),
  ];
  return `${callback}(${parts.join(', ')})`;
};

/** The operation during which a call was made, or what the runtime did of itself. */
export const describeOperationOf = (
  { op }: Entered,
  trace: readonly TraceEvent[],
  names: Names = unnamed,
): string | null => {
  const started = trace.find(
    (one): one is EventOf<'operation-started'> => one.kind === 'operation-started' && one.op === op,
  );
  return started ? describeOperation(started.operation, names, op) : null;
};
