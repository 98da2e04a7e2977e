/**
 * A model of the base map of a custom map: what the operations of a run must come to, and which
 * callbacks each must make, from the results that the provider gave. It reads a trace and says
 * where the runtime did otherwise. After a difference the model knows no more of that map, unless
 * it is what the shipped reading does; where operations overlapped it knows nothing.
 */
import type { Finding, Violation } from '../../harness/check/monitor.ts';
import type { EventOf, TraceEvent } from '../../harness/trace/event.ts';
import type { RegistrationFacts } from '../../harness/trace/registration-facts.ts';
import type { KeyRef, Operation } from '../../harness/trace/plan.ts';
import type { Answered, Expectation, ModelledMap, Reading } from './expectation.ts';
import { expectOf } from './expected-operation.ts';

/** The last table without postprocess_map_delete_element. */
const oldTableBytes = 72;

type Entered = EventOf<'callback-entered'>;
type Call = { entered: Entered; result: string | null; out: string | null };
type Running = { op: number; caller: string; operation: Operation; calls: Call[] };

/** Little-endian, as plans mean numbered keys. */
const keyHex = (key: KeyRef, size: number): string | null => {
  if (key === null || typeof key === 'string') return key;
  const bytes = Array.from({ length: size }, (_, at) => Math.floor(key / 256 ** at) % 256);
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

class Model {
  private readonly facts = new Map<string, RegistrationFacts>();
  private readonly maps = new Map<string, ModelledMap>();
  private readonly slots = new Map<number, string>();
  private readonly findings = new Map<string, Finding>();
  private readonly beyond = new Map<string, Finding>();
  private readonly calls = new Map<number, Call>();
  private running: Running | null = null;
  private isOver = false;

  read(trace: readonly TraceEvent[]): ModelFindings {
    for (const event of trace) {
      if (this.isOver) break;
      this.note(event);
    }
    return { document: [...this.findings.values()], shipped: [...this.beyond.values()] };
  }

  private note(event: TraceEvent): void {
    switch (event.kind) {
      case 'registered':
        this.facts.set(event.registration, event.facts);
        break;
      case 'map-created':
        this.made(event);
        break;
      case 'operation-started': {
        const { op, caller, operation } = event;
        if (this.running) this.isOver = true;
        this.running = { op, caller, operation, calls: [] };
        break;
      }
      case 'callback-entered':
        this.entered(event);
        break;
      case 'callback-returned': {
        const call = this.calls.get(event.call);
        if (call) Object.assign(call, { result: event.result, out: event.out ?? null });
        break;
      }
      case 'operation-ended':
        this.ended(event);
        break;
      case 'lost':
        this.isOver = true;
        break;
      default:
    }
  }

  private made(event: EventOf<'map-created'>): void {
    const data = this.facts.get(event.registration)?.data;
    const table = data?.base_provider_table;
    const size = table?.header?.size ?? 0;
    const members = (table?.members ?? []).filter(
      (name) => name !== 'postprocess_map_delete_element' || size > oldTableBytes,
    );
    this.maps.set(event.map, {
      members: new Set(members),
      transforms: data?.base_properties?.updates_original_value ?? false,
      key_size: event.key_size,
      value_size: event.value_size,
      max_entries: event.max_entries,
      entries: new Map(),
      isKnown: true,
    });
  }

  private entered(event: Entered): void {
    if (!/element$/.test(event.callback)) return;
    const call: Call = { entered: event, result: null, out: null };
    this.calls.set(event.call, call);
    if (event.op === this.running?.op) this.running.calls.push(call);
  }

  private ended(event: EventOf<'operation-ended'>): void {
    const { running } = this;
    this.running = null;
    const { operation } = event;
    if (operation.op === 'create' && event.map) this.slots.set(operation.map, event.map);
    if (!running || event.skipped || !('map' in operation) || typeof operation.map !== 'number')
      return;
    const map = this.maps.get(event.map ?? this.slots.get(operation.map) ?? '');
    if (!map?.isKnown || operation.op === 'close' || operation.op === 'create') return;
    const answered: Answered[] = running.calls.map(({ entered, result, out }) => ({
      callback: entered.callback,
      value: entered.value ?? null,
      result,
      out,
    }));
    const key = (ref: KeyRef): string | null => keyHex(ref, map.key_size);
    const expected = (reading: Reading): Expectation | null =>
      expectOf(
        map,
        operation,
        { isProgram: running.caller === 'program', given: event.given ?? null, answered, reading },
        key,
      );
    const document = expected('as-documented');
    if (document) this.settle(map, document, () => expected('as-shipped'), running, event);
  }

  /** What is neither the document's nor the shipped reading's is a difference under both. */
  private settle(
    map: ModelledMap,
    document: Expectation,
    shippedOne: () => Expectation | null,
    running: Running,
    event: EventOf<'operation-ended'>,
  ): void {
    const difference = differenceOf(document, running, event);
    if (difference === null) return document.commit();
    if (difference === 'unknown') {
      map.isKnown = false;
      return;
    }
    noteIn(this.findings, difference);
    const shipped = shippedOne();
    if (shipped && differenceOf(shipped, running, event) === null) return shipped.commit();
    noteIn(this.beyond, difference);
    map.isKnown = false;
  }
}

type Difference = { id: string } & Omit<Violation, 'kind'>;

/**
 * Where an operation is not what is expected of it; `unknown`: for lack of memory it may be
 * anything.
 */
const differenceOf = (
  expected: Expectation,
  { calls }: Running,
  event: EventOf<'operation-ended'>,
): Difference | 'unknown' | null => {
  const length = expected.anyCalls ? 0 : Math.max(expected.calls.length, calls.length);
  for (let at = 0; at < length; at += 1) {
    const due = expected.calls[at];
    const call = calls[at]?.entered;
    const isRight =
      due !== undefined &&
      call?.callback === due.callback &&
      call.key === due.key &&
      (due.value === null || call.value === due.value);
    if (isRight) continue;
    const wanted = due ? `${due.callback} is called for ${due.why}` : 'no further callback';
    const other = due?.callback === call?.callback ? ' for another key or value' : '';
    return {
      id: due?.rule ?? expected.more,
      seq: call?.seq ?? event.seq,
      expected: `${expected.words}: ${wanted}`,
      saw: call ? `${call.callback} was called${other}` : 'no such call was made',
    };
  }
  const succeeds = expected.result === 'EBPF_SUCCESS';
  if (event.result === 'EBPF_NO_MEMORY' && expected.result !== 'EBPF_NO_MEMORY') return 'unknown';
  if (expected.result === 'any' || (event.result === 'EBPF_SUCCESS') === succeeds) return null;
  return {
    id: expected.rule,
    seq: event.seq,
    expected: `${expected.words}: the operation ${succeeds ? 'succeeds' : 'fails'}`,
    saw: `it answered ${event.result}`,
  };
};

const noteIn = (findings: Map<string, Finding>, { id, ...what }: Difference): void => {
  const finding = findings.get(id) ?? { id, exercised: 1, violations: [] };
  findings.set(id, finding);
  finding.violations.push({ kind: 'violated', ...what });
};

/**
 * What a runtime did otherwise than the document, and what of it is not what the shipped one does
 * either.
 */
export type ModelFindings = { document: Finding[]; shipped: Finding[] };

/** What the runtime did otherwise than the model, by rule. */
export const baseMapFindings = (trace: readonly TraceEvent[]): ModelFindings =>
  new Model().read(trace);
