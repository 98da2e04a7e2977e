/** What an operation of a plan looks like in a file. */
import { bytes, count, flag, label, list, object, strictGuid, type Schema } from './json-schema.ts';

const operationNames = [
  ...[
    'start',
    'stop',
    'create',
    'find',
    'update',
    'delete',
    'next_key',
    'iterate',
    'push',
    'pop',
    'peek',
  ],
  ...[
    'update_with_handle',
    'value_address',
    'effective_value_size',
    'info',
    'batch',
    'batch_update',
  ],
  ...['associate', 'hold', 'close', 'find_element', 'map_context', 'helper', 'attach', 'detach'],
  ...[
    'register_other',
    'deregister_other',
    'register',
    'deregister',
    'await_deregistration',
    'call',
  ],
  ...['close_handles', 'drain', 'balance'],
];
const key: Schema = { anyOf: [count, bytes, { type: 'null' }] };
const value: Schema = { anyOf: [count, bytes, { type: 'null' }, { type: 'object' }] };
const needsKey = ['find', 'update', 'delete', 'next_key', 'find_element'];
const needsMap = [
  ...needsKey,
  'create',
  'iterate',
  'push',
  'pop',
  'peek',
  'associate',
  'hold',
  'close',
  'map_context',
];
/** One operation of a plan. */
export const operation: Schema = {
  ...object(
    {
      op: { enum: operationNames },
      map: { anyOf: [count, label] },
      key,
      value,
      ...{ key_size: count, value_size: count, max_entries: count, map_type: count, buffer: count },
      ...{ option: { anyOf: [label, count] }, caller: { enum: ['user', 'program'] }, delete: flag },
      entries: list(object({ key, value }, ['key', 'value'])),
      program_type: strictGuid,
    },
    ['op'],
  ),
  allOf: [
    { if: object({ op: { enum: needsMap } }, ['op']), then: { required: ['map'] } },
    { if: object({ op: { enum: needsKey } }, ['op']), then: { required: ['key'] } },
    { if: object({ op: { const: 'associate' } }, ['op']), then: { required: ['program_type'] } },
    { if: object({ op: { const: 'batch_update' } }, ['op']), then: { required: ['entries'] } },
  ],
};
