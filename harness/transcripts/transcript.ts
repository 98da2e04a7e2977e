/**
 * Recorded behaviour of eBPFCore: one transcript per JSON line. What a line must look like, and the
 * sentence that says why it does not. Replaying is replay.ts, comparing is compare.ts.
 */
import { Ajv, type ErrorObject } from 'ajv';
import { behaviourProblem, type ProviderConfig } from './provider-behaviour.ts';

/** Operations of the recorder, in its own words. */
export const STEP_OPERATIONS = [
  'register',
  'deregister',
  'wait',
  'set',
  'mutate',
  'create',
  'find',
  'update',
  'delete',
  'next_key',
  'iterate',
  'push',
  'pop',
  'peek',
  'associate',
  'ffind',
  'mapctx',
  'info',
  'update_with_handle',
  'batch',
  'value_address',
  'effective_value_size',
  'hold',
  'close',
] as const;

export type StepOperation = (typeof STEP_OPERATIONS)[number];

/** Arguments of a step; which ones count depends on the operation. */
export type StepArguments = {
  /** Provider that register, deregister, wait, set and mutate mean. */
  p?: string;
  map?: string;
  /** Hex, or `NULL`. */
  key?: string;
  value?: string;
  option?: string;
  caller?: 'user' | 'helper';
  /** 1: lookup and delete (find), or batch with removal. */
  delete?: number;
  /** Size of the caller's buffer. */
  buf?: number;
  type?: number;
  key_size?: number;
  value_size?: number;
  max_entries?: number;
  name?: string;
  name_len?: number;
  inner?: number;
  program_type?: string;
};

export type Step = { op: StepOperation; args: StepArguments };

/** What find_element_function answered from inside a callback. */
export type ObservedLookup = { result: string; value?: string; is_argument_buffer?: boolean };

/** One callback, in the recorder's form; a re-entrant call has `name` and `ret` only. */
export type ObservedCallback = {
  name: string;
  args?: Record<string, unknown>;
  ret: string | null;
  wrote?: unknown;
  lookup?: ObservedLookup | null;
  irql?: string;
  locks_held?: number;
  in_epoch?: boolean;
};

/** What one step was seen to do. */
export type Observation = {
  result: string;
  callbacks: ObservedCallback[];
  out: unknown;
  last_reference?: boolean;
  out_written_on_failure?: string;
  offset?: number;
};

/** What was observed of a whole transcript: the only part a replay must not see. */
export type Observed = { validates: string[]; observed: Observation[] };

/** What a replay is told. */
export type Asked = { id: string; group: string; providers: ProviderConfig[]; steps: Step[] };

export type Transcript = Asked & Observed;

/** A line that is no transcript: `where` is `FILE:LINE`, the message one sentence. */
export class MalformedTranscript extends Error {
  override readonly name = 'MalformedTranscript';
}

const bytes = { type: 'string', pattern: '^([0-9a-f]{2})*$' };
const key = { type: 'string', pattern: '^(NULL|([0-9a-f]{2})*)$' };
const count = { type: 'integer', minimum: 0, maximum: 0xffffffff };
const word = { type: 'string', minLength: 1, maxLength: 200 };
const scalar = { type: ['string', 'integer', 'boolean', 'null'] };

const needs: Partial<Record<StepOperation, string[]>> = {
  register: ['p'],
  deregister: ['p'],
  wait: ['p'],
  set: ['p'],
  mutate: ['p'],
  find: ['map', 'key'],
  update: ['map', 'key', 'value'],
  delete: ['map', 'key'],
  next_key: ['map', 'key'],
  ffind: ['map', 'key'],
  push: ['map', 'value'],
};

const stepSchema = {
  type: 'object',
  required: ['op', 'args'],
  properties: {
    op: { enum: STEP_OPERATIONS },
    args: {
      type: 'object',
      properties: {
        p: word,
        map: word,
        key,
        value: bytes,
        option: { enum: ['ANY', 'NOEXIST', 'EXIST', '0', '1', '2', '3', '4'] },
        caller: { enum: ['user', 'helper'] },
        buf: { ...count, maximum: 1 << 20 },
        type: count,
        key_size: count,
        value_size: count,
        max_entries: count,
        name: { type: 'string', maxLength: 4096 },
        name_len: { ...count, maximum: 4096 },
        program_type: { ...bytes, minLength: 32, maxLength: 32 },
      },
      additionalProperties: scalar,
    },
  },
  allOf: STEP_OPERATIONS.map((op) => ({
    if: { properties: { op: { const: op } } },
    then: { properties: { args: { required: needs[op] ?? ['map'] } } },
  })),
};

/** What was observed is only compared: any text may stand there. */
const said = { type: 'string' };

const callbackSchema = {
  type: 'object',
  required: ['name', 'ret'],
  properties: {
    name: said,
    args: { type: ['object', 'null'] },
    ret: { type: ['string', 'null'] },
    lookup: {
      type: ['object', 'null'],
      required: ['result'],
      properties: { result: said, value: said, is_argument_buffer: { type: 'boolean' } },
    },
    irql: said,
    locks_held: { type: 'integer' },
    in_epoch: { type: 'boolean' },
  },
};

const transcriptSchema = {
  type: 'object',
  required: ['id', 'providers', 'validates', 'steps', 'observed'],
  properties: {
    id: word,
    group: { type: 'string' },
    providers: {
      type: 'array',
      items: {
        type: 'object',
        required: ['p', 'type', 'base'],
        properties: { p: word, type: count, base: count },
        additionalProperties: scalar,
      },
    },
    validates: { type: 'array', items: said },
    steps: { type: 'array', items: stepSchema },
    observed: {
      type: 'array',
      items: {
        type: 'object',
        required: ['result', 'callbacks', 'out'],
        properties: {
          result: said,
          callbacks: { type: 'array', items: callbackSchema },
          last_reference: { type: 'boolean' },
          out_written_on_failure: said,
          offset: { type: 'integer' },
        },
      },
    },
  },
};

const matches = new Ajv({
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
}).compile<Transcript>(transcriptSchema);

/** The rule that says most: a failing `if` only repeats the one inside it. */
const sentenceOf = (errors: ErrorObject[]): string => {
  const error = errors.find((candidate) => candidate.keyword !== 'if') ?? errors[0]!;
  const allowed = (error.params as { allowedValues?: unknown[] }).allowedValues;
  const choices = allowed ? `: ${allowed.join(', ')}` : '';
  return `${error.instancePath || 'the line'} ${error.message ?? 'does not fit'}${choices}`;
};

/** What the schema cannot say: lengths that must agree, and names that must be known. */
const contradictionIn = (transcript: Transcript): string | null => {
  const { providers, steps, observed, validates } = transcript;
  if (observed.length !== steps.length) {
    return `observed has ${observed.length} entries for ${steps.length} steps`;
  }
  if (validates.length !== providers.length) {
    return `validates has ${validates.length} entries for ${providers.length} providers`;
  }
  const names = new Set(providers.map(({ p }) => p));
  if (names.size !== providers.length) return 'two providers have the same name';
  for (const [index, { op, args }] of steps.entries()) {
    if (args.p !== undefined && !names.has(args.p))
      return `step ${index} names the unknown provider ${args.p}`;
    const problem = op === 'set' || op === 'mutate' ? behaviourProblem(args) : null;
    if (problem) return `step ${index}: ${problem}`;
  }
  for (const config of providers) {
    const problem = behaviourProblem(config);
    if (problem) return `provider ${config.p}: ${problem}`;
  }
  return null;
};

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** The transcript on one line, or MalformedTranscript; `where` opens the sentence. */
export const readTranscript = (line: string, where: string): Transcript => {
  const value = parse(line);
  if (value === undefined)
    throw new MalformedTranscript(
      `${where}: the line is not JSON; one transcript per line is expected.`,
    );
  if (!matches(value)) {
    throw new MalformedTranscript(`${where}: no transcript, ${sentenceOf(matches.errors ?? [])}.`);
  }
  const problem = contradictionIn(value);
  if (problem) throw new MalformedTranscript(`${where}: no transcript, ${problem}.`);
  return { ...value, group: value.group ?? '' };
};

/** All transcripts of a text in JSON lines; empty lines do not count. */
export const readTranscripts = (text: string, file: string): Transcript[] =>
  text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), where: `${file}:${index + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, where }) => readTranscript(line, where));
