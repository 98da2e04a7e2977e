/**
 * What each event of a trace must look like when it comes from a file: JSON Schema, one per kind.
 */
import { CLIENT_FUNCTIONS } from '../abi/callbacks.ts';
import type { Circumstance, EventKind } from './event.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Longest label, name or sentence of an event, and longest run of bytes in hex. */
const labelMax = 300;
const bytesMax = 1 << 18;

const count: Schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const signed: Schema = { type: 'integer', minimum: -1, maximum: 0xffff };
const label: Schema = { type: 'string', minLength: 1, maxLength: labelMax };
const words: Schema = { type: 'string', maxLength: labelMax };
const flag: Schema = { type: 'boolean' };
const bytes: Schema = { type: 'string', pattern: '^([0-9a-f]{2})*$', maxLength: bytesMax };
/** Bytes, or what a helper answered: a number in hexadecimal. */
const shown: Schema = { anyOf: [bytes, { type: 'string', pattern: '^0x[0-9a-f]{1,16}$' }] };
const list = (items: Schema): Schema => ({ type: 'array', items, maxItems: 4096 });
const or = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const object = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
});

const header = object({ version: count, size: count, total_size: count }, [
  'version',
  'size',
  'total_size',
]);
const strictGuid: Schema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
};

const facts = object(
  {
    Version: or(count),
    Length: or(count),
    ProviderAttachClient: flag,
    ProviderDetachClient: flag,
    ProviderCleanupBindingContext: flag,
    instance: or(object({ Version: or(count), Size: or(count), Number: or(count) }, [])),
    NpiId: or(strictGuid),
    ModuleId: or(object({ Length: or(count), Type: or(count), Guid: or(strictGuid) }, [])),
    data: or(
      object(
        {
          header: or(header),
          map_type: or(count),
          base_map_type: or(count),
          base_properties: or(
            object({ header: or(header), updates_original_value: flag }, [
              'updates_original_value',
            ]),
          ),
          base_provider_table: or(
            object({ header: or(header), members: list(label) }, ['members']),
          ),
        },
        ['header', 'map_type', 'base_map_type', 'base_properties', 'base_provider_table'],
      ),
    ),
    unreadable: or(words),
  },
  ['NpiId', 'data'],
);

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
const operation: Schema = {
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

const balance = object(
  {
    blocks: list(
      object({ block: label, kind: label, size: count, call: count }, ['block', 'size', 'call']),
    ),
    objects: list(object({ object: label, call: count }, ['object', 'call'])),
    resources: or({ type: 'integer' }),
  },
  ['blocks', 'objects', 'resources'],
);
const client = object(
  {
    data: or(header),
    table: or(header),
    dispatch_null: flag,
    members: list({ enum: CLIENT_FUNCTIONS }),
    map_context_offset: count,
  },
  ['data', 'table', 'dispatch_null'],
);
const damage = list(
  object(
    { what: { enum: ['modified', 'overrun', 'released', 'kept', 'touched'] }, buffer: label },
    ['what', 'buffer'],
  ),
);

const frame = {
  function: or(words),
  file: or(words),
  line: or(count),
  module: label,
  offset: or(words),
};
const frameNames = Object.keys(frame);
const place = object({ ...frame, stack: list(object(frame, frameNames)) }, [
  ...frameNames,
  'stack',
]);
const moment = object({ callback: label, event: count }, ['callback', 'event']);
const block = object(
  { block: label, size: count, offset: or({ type: 'integer' }), made: moment, freed: or(moment) },
  ['block', 'size', 'offset', 'made', 'freed'],
);

const CIRCUMSTANCES: readonly Circumstance[] = [
  ...(['flags', 'key', 'size', 'level', 'allocation', 'bounds', 'out'] as const),
  ...(['order', 'others', 'deregistration', 'process', 'client', 'probe'] as const),
  ...(['history', 'condition', 'deferral'] as const),
];
const cause = object(
  {
    what: { enum: CIRCUMSTANCES },
    'flags?': count,
    'of?': label,
    'irql?': count,
    'name?': label,
  },
  ['what'],
);

/** Members of an event with their schema; a `?` at the end of a name says that it may be absent. */
const events: Record<EventKind, Record<string, Schema>> = {
  'run-started': {
    plan: words,
    probes: list(label),
    conditions: { type: 'object' },
    choices: count,
  },
  'operation-started': { op: count, operation, caller: label, process: count },
  'operation-ended': {
    ...{ op: count, operation, result: label, 'out?': {}, 'given?': bytes, 'map?': words },
    ...{ 'resources?': { type: 'integer' }, 'settled?': flag, 'skipped?': flag },
  },
  'base-map': { op: count, map: label, change: label, key: bytes },
  registered: { registration: label, facts, status: label, inert: flag },
  'registration-changed': {
    ...{ registration: label, paths: list(label), when: words, unreadable: or(words) },
    ...{ 'by?': { const: 'provider' }, 'facts?': facts },
  },
  'provider-touched': {
    registration: label,
    structure: label,
    member: label,
    size: count,
    how: { enum: ['read', 'written'] },
  },
  deregister: { registration: or(label), status: label, bindings: count },
  'deregister-wait': {
    registration: or(label),
    phase: { enum: ['entered', 'returned', 'never'] },
    'status?': label,
  },
  deregistered: { registration: label },
  'map-created': {
    ...{
      map: label,
      binding: label,
      registration: label,
      map_type: count,
      key_size: count,
      value_size: count,
    },
    ...{ max_entries: count, actual_value_size: count, context: or(label) },
  },
  'map-gone': { map: label, balance: or(balance) },
  'binding-state': {
    ...{ binding: label, registration: label, context: or(label), bare: flag },
    state: { enum: ['attached', 'refused', 'detaching', 'detach-pending', 'detached', 'cleaned'] },
  },
  'callback-entered': {
    ...{
      call: count,
      callback: label,
      op: count,
      within: count,
      direct: flag,
      irql: count,
      process: count,
    },
    ...{ locks: count, in_epoch: flag, 'registration?': label, 'binding?': label, 'map?': label },
    ...{
      'context?': or(label),
      'key?': or(bytes),
      'key_size?': count,
      'value?': or(bytes),
      'value_size?': count,
    },
    ...{
      'out_size?': or(count),
      'fill?': count,
      'flags?': count,
      'map_type?': count,
      'create_key_size?': count,
    },
    ...{
      'create_value_size?': count,
      'max_entries?': count,
      'program_type?': strictGuid,
      'client?': client,
      'entry?': count,
    },
  },
  'callback-returned': {
    ...{ call: count, callback: label, result: or(label), irql: count, epoch_depth: count, damage },
    ...{
      'out?': or(shown),
      'expected?': bytes,
      'actual_value_size?': or(count),
      'context?': or(label),
    },
    ...{
      'wrote_actual_value_size?': flag,
      'wrote_map_context?': flag,
      'wrote_context?': flag,
      'wrote_dispatch?': flag,
    },
  },
  lost: {
    call: count,
    callback: label,
    how: { enum: ['crash', 'hang'] },
    error: words,
    detail: words,
    op: count,
    during: or(words),
    ...{ 'damage?': damage, 'place?': place, 'block?': block },
    'damage?': damage,
    'cause?': cause,
    'ruledOut?': list({ enum: CIRCUMSTANCES }),
  },
  service: {
    call: count,
    name: label,
    'result?': label,
    'block?': label,
    'map?': label,
    'key?': bytes,
    'entry?': count,
  },
  misuse: {
    call: count,
    misuse: label,
    detail: words,
    'block?': label,
    'owner?': count,
    'binding?': label,
    'stale?': label,
  },
  allocated: {
    call: count,
    block: label,
    memory: { enum: ['epoch', 'epoch-aligned', 'pool'] },
    size: count,
  },
  'allocation-failed': {
    call: count,
    number: count,
    size: count,
    'memory?': { enum: ['epoch', 'epoch-aligned', 'pool'] },
  },
  freed: { call: count, block: label },
  'object-referenced': { call: count, object: or(label), handle: words, process: count },
  'object-dereferenced': { call: count, object: or(label) },
  balance: { why: { enum: ['asked', 'operation', 'unloaded', 'started'] }, op: count, balance },
  log: { call: count, text: { type: 'string', maxLength: 4096 } },
  module: {
    what: { enum: ['started', 'start-failed', 'stopped', 'stop-failed'] },
    'detail?': words,
  },
  'bound-reached': { bound: label, limit: count },
  'run-ended': { operations: count, callbacks: count },
};

/** The schema of one kind of event. */
export const eventSchema = (kind: EventKind): Schema => {
  const entries = Object.entries(events[kind]);
  const required = entries.filter(([name]) => !name.endsWith('?')).map(([name]) => name);
  const properties = Object.fromEntries(
    entries.map(([name, schema]) => [name.replace(/\?$/, ''), schema]),
  );
  return object({ seq: count, actor: signed, kind: { const: kind }, ...properties }, [
    'seq',
    'actor',
    'kind',
    ...required,
  ]);
};

/** Whether a word is a kind of event. */
export const isEventKind = (kind: unknown): kind is EventKind =>
  typeof kind === 'string' && Object.hasOwn(events, kind);

/** The first line of a trace file. */
export const headerSchema: Schema = {
  ...object(
    {
      schema: { const: 'custom-map-conformance/trace@1' },
      subject: { enum: ['provider', 'runtime'] },
      name: { type: 'string', minLength: 1, maxLength: 200 },
      profile: { type: 'object' },
      revision: { enum: ['merged', 'draft'] },
      untold: {
        type: 'object',
        additionalProperties: { type: 'string', minLength: 1, maxLength: labelMax },
      },
    },
    ['schema', 'subject', 'name', 'revision'],
  ),
  additionalProperties: false,
};
