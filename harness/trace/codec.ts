/**
 * Trace files: JSON lines. The first line says who was recorded, the last that the recording is
 * whole; between them stand events, in runs that begin with run-started and end with run-ended.
 * Reading trusts nothing: what does not fit ends with one sentence that names the line.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { UsageError } from '../errors/errors.ts';
import type { EventKind, TraceEvent } from './event.ts';
import { printable } from './printable.ts';
import { eventSchema, headerSchema, isEventKind } from './schema.ts';

export const TRACE_SCHEMA = 'custom-map-conformance/trace@1';

/** Bounds of a file that is read; larger recordings are divided into several files. */
export const TRACE_MAX = {
  fileBytes: 256 << 20,
  lineCharacters: 1 << 20,
  events: 2_000_000,
} as const;

/** What a recorder says of its recording. */
export type TraceHeader = {
  schema: typeof TRACE_SCHEMA;
  /** Whose rules are judged. */
  subject: 'provider' | 'runtime';
  name: string;
  /** What a provider declares of itself, as in a config. */
  profile?: Record<string, unknown>;
  revision: 'merged' | 'draft';
  /** Rules that this kind of recording cannot show, each with the reason; they are not judged. */
  untold?: Record<string, string>;
};

export type RecordedTrace = { header: TraceHeader; runs: TraceEvent[][] };

const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false, strictRequired: false });
const isHeader = ajv.compile<TraceHeader>(headerSchema);
const validators = new Map<EventKind, ValidateFunction<TraceEvent>>();

const validatorOf = (kind: EventKind): ValidateFunction<TraceEvent> => {
  let known = validators.get(kind);
  if (!known) validators.set(kind, (known = ajv.compile<TraceEvent>(eventSchema(kind))));
  return known;
};

const sentenceOf = (errors: ErrorObject[] | null | undefined): string => {
  const all = errors ?? [];
  const error = all.find(({ keyword }) => keyword !== 'if' && keyword !== 'anyOf') ?? all[0];
  if (!error) return 'it does not fit';
  const { allowedValues, additionalProperty } = error.params as {
    allowedValues?: unknown[];
    additionalProperty?: string;
  };
  const more = allowedValues
    ? `: ${allowedValues.slice(0, 8).map(String).join(', ')}`
    : (additionalProperty ?? '');
  return printable(
    `${error.instancePath || 'it'} ${error.message ?? 'does not fit'} ${more}`.trim(),
    200,
  );
};

/** Reads a trace file's text. `file` opens the sentences. Throws UsageError. */
export const readTrace = (text: string, file: string): RecordedTrace => new Reader(file).read(text);

class Reader {
  private readonly file: string;
  private readonly runs: TraceEvent[][] = [];
  private run: TraceEvent[] | null = null;
  private calls = new Set<number>();
  private operations = new Set<number>();
  private events = 0;
  private line = 0;

  constructor(file: string) {
    this.file = printable(file, 300);
  }

  read(text: string): RecordedTrace {
    const lines = linesOf(text);
    const first = lines.next();
    this.line = 1;
    if (first.done) throw this.trouble('the file is empty; a trace begins with its header');
    const header = this.parse(first.value);
    if (!isHeader(header))
      throw this.trouble(`no header of a trace, ${sentenceOf(isHeader.errors)}`);
    let whole = false;
    for (const line of lines) {
      this.line += 1;
      if (line.trim() === '') continue;
      if (whole) throw this.trouble('something follows the last line {"end":true}');
      const value = this.parse(line);
      if ('end' in value) whole = this.footer(value);
      else this.event(value);
    }
    if (!whole) {
      throw this.trouble(
        'the trace is torn: it does not end with {"end":true,"events":n}; record it again',
      );
    }
    return { header, runs: this.runs };
  }

  private trouble(what: string): UsageError {
    return new UsageError(`${this.file}:${this.line}: ${what}.`);
  }

  private parse(line: string): Record<string, unknown> {
    if (line.length > TRACE_MAX.lineCharacters)
      throw this.trouble(`the line has more than ${TRACE_MAX.lineCharacters} characters`);
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw this.trouble('the line is not JSON; one event per line is expected');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.trouble('the line is no JSON object');
    return value as Record<string, unknown>;
  }

  private footer(value: Record<string, unknown>): true {
    if (this.run)
      throw this.trouble(
        'the trace is torn: its last run does not end with run-ended; record it again',
      );
    if (value['end'] !== true || value['events'] !== this.events) {
      throw this.trouble(
        `the last line is {"end":true,"events":${this.events}} for ${this.events} events; ` +
          'some are missing or came twice',
      );
    }
    return true;
  }

  private event(value: Record<string, unknown>): void {
    const { kind } = value;
    if (!isEventKind(kind))
      throw this.trouble(`${printable(JSON.stringify(kind ?? null), 60)} is no kind of event`);
    const fits = validatorOf(kind);
    if (!fits(value)) throw this.trouble(`no event ${kind}, ${sentenceOf(fits.errors)}`);
    this.events += 1;
    if (this.events > TRACE_MAX.events)
      throw this.trouble(`the trace has more than ${TRACE_MAX.events} events; divide it`);
    this.place(value);
  }

  /** Events stand in runs, numbered without gaps; what ends or returns began before. */
  private place(event: TraceEvent): void {
    if (event.kind === 'run-started') {
      if (this.run) throw this.trouble('a run starts before the one before it has ended');
      this.runs.push((this.run = []));
      this.calls = new Set();
      this.operations = new Set();
    }
    const { run } = this;
    if (!run)
      throw this.trouble('the event stands outside every run; a run begins with run-started');
    if (event.seq !== run.length)
      throw this.trouble(
        `the event has seq ${event.seq} where ${run.length} is due; events are missing`,
      );
    if (event.kind === 'callback-entered') this.fresh(this.calls, event.call, 'call');
    if (event.kind === 'operation-started') this.fresh(this.operations, event.op, 'operation');
    if (event.kind === 'callback-returned' && !this.calls.has(event.call))
      throw this.trouble(`call ${event.call} returns and was never entered`);
    if (event.kind === 'operation-ended' && !this.operations.has(event.op))
      throw this.trouble(`operation ${event.op} ends and was never started`);
    run.push(event);
    if (event.kind === 'run-ended') this.run = null;
  }

  private fresh(known: Set<number>, number: number, what: string): void {
    if (known.has(number)) throw this.trouble(`${what} ${number} begins twice in one run`);
    known.add(number);
  }
}

/** Lines without copying the text at once. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const stop = end === -1 ? text.length : end;
    yield text.slice(at, stop);
    at = stop + 1;
  }
}

/** The lines of a trace file, each with its line feed. */
export function* traceLines(
  header: Omit<TraceHeader, 'schema'>,
  runs: Iterable<readonly TraceEvent[]>,
): Generator<string> {
  yield `${JSON.stringify({ schema: TRACE_SCHEMA, ...header })}\n`;
  let events = 0;
  for (const run of runs) {
    for (const event of run) yield `${JSON.stringify(event)}\n`;
    events += run.length;
  }
  yield `${JSON.stringify({ end: true, events })}\n`;
}
