/**
 * What each event of a trace must look like when it comes from a file: JSON Schema, one per kind.
 */
import { CLIENT_FUNCTIONS } from '../abi/callbacks.ts';
import type { EventKind } from './event.ts';
import {
  bytes,
  count,
  flag,
  label,
  labelMax,
  list,
  object,
  or,
  shown,
  signed,
  strictGuid,
  words,
  type Schema,
} from './json-schema.ts';
import { block, cause, CIRCUMSTANCES, damage, place } from './loss-schema.ts';
import { operation } from './operation-schema.ts';
import { facts, header } from './registration-schema.ts';

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
