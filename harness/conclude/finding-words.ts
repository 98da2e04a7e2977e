/** A call of the subject, and the operation that it belongs to, in words: for findings. */
import { flagNames, irqlName } from '../abi/flags.ts';
import { describeOperation } from '../trace/describe.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { printable, shortHex } from '../trace/printable.ts';
import type { Entered } from './lifetimes.ts';

const bytes = (label: string, hex: string | null | undefined): string[] =>
  hex === undefined ? [] : [`${label} ${hex === null ? 'NULL' : shortHex(hex)}`];

/** `postprocess_map_delete_element(map#1, key 00000000, flags UPDATE)`. */
export const describeCall = (call: Entered): string => {
  const { callback, map, binding, key, value, flags, irql, program_type } = call;
  const parts = [
    ...(map === undefined ? (binding === undefined ? [] : [binding]) : [map]),
    ...bytes('key', key),
    ...bytes('value', value),
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
): string | null => {
  const started = trace.find(
    (one): one is EventOf<'operation-started'> => one.kind === 'operation-started' && one.op === op,
  );
  return started ? describeOperation(started.operation) : null;
};
