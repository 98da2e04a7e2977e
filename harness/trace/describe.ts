/**
 * Operations and events in words: one short line each, for plans and lanes. Pure text, no
 * judgement.
 */
import { flagNames, irqlName } from '../abi/flags.ts';
import { wordsOfFrame } from './place.ts';
import type { Damage } from './damage.ts';
import type { Balance, EventOf, TraceEvent } from './event.ts';
import type { Actor, Conditions, Operation } from './plan.ts';
import { unnamed, type Names } from './names.ts';
import { printable, shortHex } from './printable.ts';

// Members that the words of an operation already say.
const SAID = new Set(['op', 'map', 'key', 'value', 'callback', 'helper', 'binding', 'other']);

const namedKey = (hex: string | null, names: Names): string =>
  hex === null ? 'NULL' : names.key(hex);
const namedValue = (hex: string | null, names: Names): string =>
  hex === null ? 'NULL' : names.value(hex);

/** Any scalar or small object as a word: hex is shortened, objects become `name=value`. */
const word = (value: unknown): string => {
  if (value === null) return 'NULL';
  if (typeof value === 'string') {
    return /^[0-9a-f]+$/.test(value) ? shortHex(value) : printable(value, 80);
  }
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(word).join('; ')}]`;
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${word(inner)}`)
    .join(', ');
};

const ref = (kind: 'key' | 'value', value: unknown, names: Names, op: number): string => {
  if (value === undefined) return '';
  const name = names.ref(kind, value, op);
  if (name !== null) return ` ${kind} ${name}`;
  return typeof value === 'number' ? ` ${kind} #${value}` : ` ${kind} ${word(value)}`;
};

const rest = (operation: Operation): string => {
  const parts = Object.entries(operation)
    .filter(([name, value]) => !SAID.has(name) && value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? name : `${name}=${word(value)}`));
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

const subjectOf = (operation: Operation): string => {
  if (operation.op === 'call')
    return `call ${printable(operation.callback, 60)} on map ${operation.map}`;
  if (operation.op === 'helper') return `helper ${operation.helper} on map ${operation.map}`;
  if ('map' in operation) return `${operation.op} map ${operation.map}`;
  if ('binding' in operation) return `${operation.op} client ${operation.binding}`;
  if ('other' in operation) return `${operation.op} ${operation.other}`;
  return operation.op;
};

/**
 * One operation of a plan, as in `update map 0 key #1 value #2 (option=EBPF_NOEXIST)`; with the
 * names of a trace in which it is operation `op`, as in `update map 0 key k1 value A`.
 */
export const describeOperation = (operation: Operation, names: Names = unnamed, op = 0): string => {
  const key = 'key' in operation ? ref('key', operation.key, names, op) : '';
  const value = 'value' in operation ? ref('value', operation.value, names, op) : '';
  return `${subjectOf(operation)}${key}${value}${rest(operation)}`;
};

/** One actor of a plan on one line. */
export const describeActor = (actor: Actor, index: number): string =>
  `${actor.caller}#${index + 1}: ${actor.operations.map((one) => describeOperation(one)).join(' → ')}`;

/** One event of a trace. */
export const describeEvent = (event: TraceEvent, names: Names = unnamed): string => {
  switch (event.kind) {
    case 'run-started':
      return started(event);
    case 'operation-started':
      return `▶ ${describeOperation(event.operation, names, event.op)}`;
    case 'operation-ended': {
      const shown = typeof event.out === 'string' ? names.value(event.out) : word(event.out);
      const out = event.out === undefined ? '' : ` out ${shown}`;
      return `◀ ${event.operation.op} = ${word(event.result)}${out}${event.skipped === true ? ' (skipped)' : ''}`;
    }
    case 'base-map':
      return `base map ${event.change} key ${names.key(event.key)} in ${event.map}${stored(event, names)}`;
    case 'registered':
      return `registered ${event.registration} = ${word(event.status)}${event.inert ? ' (not a map provider)' : ''}`;
    case 'registration-changed':
      return `${event.registration} changed ${event.when}: ${printable(event.paths.join(', '), 120)}`;
    case 'provider-touched':
      return `! ${event.structure}.${event.member} of ${event.registration} was ${event.how} by the runtime`;
    case 'deregister':
      return `deregister ${event.registration ?? 'a bad handle'} = ${word(event.status)}, ${event.bindings} bound`;
    case 'deregister-wait':
      return `wait for deregistration ${event.phase}${event.status === undefined ? '' : ` = ${word(event.status)}`}`;
    case 'deregistered':
      return `${event.registration} is gone`;
    case 'map-created':
      return created(event);
    case 'map-gone':
      return `${event.map} is gone${event.balance === null ? '' : `; ${balance(event.balance)}`}`;
    case 'binding-state':
      return `${event.binding} ${event.state}`;
    case 'callback-entered':
      return entered(event, names);
    case 'callback-returned':
      return returned(event, names);
    case 'lost':
      return `✗ ${event.how} in ${event.callback}: ${printable(event.error, 120)} ${printable(event.detail, 120)}${placed(event)}`;
    case 'service':
      return [
        printable(event.name, 60),
        ...(event.block === undefined ? [] : [event.block]),
        ...(event.result === undefined ? [] : [`= ${word(event.result)}`]),
      ].join(' ');
    case 'misuse':
      return `! ${event.misuse}: ${printable(event.detail, 160)}`;
    case 'allocated':
      return `allocated ${event.block} (${event.memory}, ${event.size} bytes)`;
    case 'allocation-failed':
      return `allocation ${event.number} of ${event.size} bytes fails`;
    case 'freed':
      return `freed ${event.block}`;
    case 'object-referenced':
      return `referenced ${event.object ?? 'nothing'} by handle ${printable(event.handle, 40)}`;
    case 'object-dereferenced':
      return `dereferenced ${event.object ?? 'a bad object'}`;
    case 'balance':
      return `balance (${event.why}): ${balance(event.balance)}`;
    case 'log':
      return `log “${printable(event.text, 160)}”`;
    case 'module':
      return `module ${event.what}${event.detail === undefined ? '' : `: ${printable(event.detail, 160)}`}`;
    case 'bound-reached':
      return `bound ${event.bound} = ${event.limit} reached`;
    case 'run-ended':
      return `run ended after ${event.operations} operations, ${event.callbacks} callbacks`;
  }
};

/** The conditions of a run that are not the default; null when all are. */
export const describeConditions = (conditions: Conditions): string | null => {
  const named = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return named.length === 0
    ? null
    : named.map(([name, value]) => `${name} ${word(value)}`).join(', ');
};

const placed = ({ place }: EventOf<'lost'>): string =>
  place ? ` at ${printable(wordsOfFrame(place), 200)}` : '';

const created = (event: EventOf<'map-created'>): string => {
  const value = `value ${event.value_size} (stored ${event.actual_value_size})`;
  return `${event.map} created: key ${event.key_size}, ${value}, max ${event.max_entries}`;
};

const started = (event: EventOf<'run-started'>): string => {
  const conditions = describeConditions(event.conditions);
  return `run ${printable(event.plan, 80)}${conditions === null ? '' : ` (${conditions})`}`;
};

const stored = (event: EventOf<'base-map'>, names: Names): string => {
  const parts = [
    event.stored === undefined ? '' : ` stores ${names.value(event.stored)}`,
    event.displaced === undefined ? '' : ` displaces ${names.value(event.displaced)}`,
    event.reason === undefined ? '' : ` (${printable(event.reason, 80)})`,
  ];
  return parts.join('');
};

const balance = ({ blocks, objects, resources }: Balance): string =>
  `${blocks.length} blocks, ${objects.length} objects${resources === null ? '' : `, ${resources} values`}`;

const entered = (event: EventOf<'callback-entered'>, names: Names): string => {
  const parts = [
    event.key === undefined ? null : `key ${namedKey(event.key, names)}`,
    event.value === undefined ? null : `value ${namedValue(event.value, names)}`,
    event.flags === undefined ? null : `flags ${flagNames(event.flags)}`,
    event.program_type === undefined ? null : word(event.program_type),
    event.irql === 0 ? null : `at ${irqlName(event.irql)}`,
  ].filter((part) => part !== null);
  return `→ ${event.callback}(${parts.join(', ')})`;
};

const returned = (event: EventOf<'callback-returned'>, names: Names): string => {
  const parts = [
    event.out === undefined ? '' : ` out ${namedValue(event.out, names)}`,
    event.irql === 0 ? '' : ` at ${irqlName(event.irql)}`,
    event.epoch_depth === 0 ? '' : ` epochs open ${event.epoch_depth}`,
    ...event.damage.map((harm) => ` ! ${damage(harm)}`),
  ];
  return `← ${event.callback}${event.result === null ? '' : ` = ${word(event.result)}`}${parts.join('')}`;
};

const damage = (harm: Damage): string => {
  switch (harm.what) {
    case 'modified':
      return `modified ${harm.buffer}`;
    case 'overrun':
      return `wrote ${harm.buffer} at offset ${harm.offset}, outside it`;
    case 'released':
      return `released ${harm.buffer}`;
    case 'kept':
      return `kept ${harm.buffer} of ${printable(harm.callback, 60)} (${harm.how})`;
    case 'touched':
      return `touched ${harm.buffer} at offset ${harm.offset}`;
  }
};
