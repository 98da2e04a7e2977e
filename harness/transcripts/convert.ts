/**
 * A transcript as a trace: what was observed of eBPFCore in the events that the rules are judged
 * by. It is told what was observed and replays nothing, so a rule that it breaks is broken by
 * eBPFCore.
 */
import { NATIVE_MAP_TYPES } from '../abi/map-types.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Operation } from '../trace/plan.ts';
import { Recorder } from '../trace/recorder.ts';
import { ConvertedCalls, type CallSite } from './convert-calls.ts';
import { ConvertedLives, type ConvertedMap } from './convert-lives.ts';
import { ConvertedProviders } from './convert-providers.ts';
import { treeOf, type CallTree, type NestedOperation } from './convert-tree.ts';
import { MAP_DEFAULTS, operationOf, type MapStep } from './step-operation.ts';
import type {
  Observation,
  ObservedCallback,
  Step,
  StepArguments,
  Transcript,
} from './transcript.ts';

/** Programs ran at the IRQL of the calling thread when these were recorded. */
const conditions = { passive_programs: true } as const;

/** The user process that all steps ran in, and the mark of work that ran outside of it. */
const user = 1;
const worker = 0;

class Conversion {
  private readonly transcript: Transcript;
  private readonly recorder = new Recorder();
  private readonly lives = new ConvertedLives(this.recorder);
  private readonly providers: ConvertedProviders;
  private readonly calls: ConvertedCalls;
  /** Slot of each map name, and the map that is in it now. */
  private readonly slots = new Map<string, { slot: number; map: ConvertedMap | null }>();
  private operations = 0;

  constructor(transcript: Transcript) {
    this.transcript = transcript;
    this.providers = new ConvertedProviders(transcript.providers, this.recorder, this.lives);
    this.calls = new ConvertedCalls(this.recorder, this.lives, this.providers.byName);
  }

  run(): TraceEvent[] {
    const { recorder, transcript } = this;
    recorder.record({
      kind: 'run-started',
      plan: transcript.id,
      probes: [],
      conditions,
      choices: 0,
    });
    transcript.steps.forEach((step, index) => this.step(step, transcript.observed[index]!));
    if (this.lives.maps.some((map) => map.binding && !map.gone && map.references > 0)) {
      recorder.record({
        kind: 'bound-reached',
        bound: 'steps of the transcript',
        limit: transcript.steps.length,
      });
    }
    recorder.record({
      kind: 'run-ended',
      operations: this.operations,
      callbacks: this.calls.calls,
    });
    return recorder.events;
  }

  private step(step: Step, seen: Observation): void {
    switch (step.op) {
      case 'set':
        return;
      case 'mutate':
        return this.providers.mutated(step.args);
      case 'register':
      case 'deregister':
      case 'wait':
        return this.providerStep(step.op, step.args, seen);
      default:
        return this.mapStep(step.op, step.args, seen);
    }
  }

  private providerStep(
    op: 'register' | 'deregister' | 'wait',
    args: StepArguments,
    seen: Observation,
  ): void {
    const provider = this.providers.byName.get(args.p ?? '');
    if (!provider) return;
    const { number } = provider;
    const as = { map_type: provider.facts.data?.map_type ?? 0 };
    const operation: Operation =
      op === 'register'
        ? { op, provider: number, as }
        : { op: op === 'wait' ? 'await_deregistration' : op, provider: number };
    const started = this.begin(operation, 'user');
    for (const callback of seen.callbacks)
      this.calls.write(callback, { op: started, process: user, map: null, within: 0 });
    const result = this.providers.registrar(op, provider, seen.result);
    this.end(started, operation, { result });
  }

  private begin(operation: Operation, caller: string): number {
    const op = (this.operations += 1);
    this.recorder.record({ kind: 'operation-started', op, operation, caller, process: user });
    return op;
  }

  private end(
    op: number,
    operation: Operation,
    answer: { result: string; out?: unknown; given?: string; map?: string },
  ): void {
    const skipped = answer.result === 'NO_SUCH_MAP' ? { skipped: true } : {};
    this.recorder.record({ kind: 'operation-ended', op, operation, ...answer, ...skipped });
  }

  private mapStep(op: MapStep, args: StepArguments, seen: Observation): void {
    const name = args.map ?? '';
    const place = this.slots.get(name) ?? { slot: this.slots.size, map: null };
    this.slots.set(name, place);
    if (place.map && op !== 'create' && isOfNoProvider(place.map, seen))
      return this.referred(op, place.map, place, seen);
    const operation = operationOf(op, args, place.slot);
    const started = this.begin(operation, args.caller === 'helper' ? 'program' : 'user');
    const map = op === 'create' ? this.asked(operation, place.slot) : place.map;
    const site: CallSite = { op: started, process: user, map, within: 0 };
    const isLate = (callback: ObservedCallback): boolean => {
      const owner = this.lives.mapOf(callback, null) ?? (op === 'create' ? null : map);
      return (
        owner !== null &&
        (owner.references === 0 || (owner === map && seen.last_reference === true))
      );
    };
    const tree = treeOf(seen.callbacks);
    const late =
      op === 'create' || op === 'close' ? tree.filter(({ callback }) => isLate(callback)) : [];
    for (const one of tree) if (!late.includes(one)) this.write(one, site);
    if (op === 'create' && map) this.created(map, place, seen.result);
    else if (map) this.referred(op, map, place, seen);
    this.end(started, operation, {
      ...answerOf(op, args, seen, map, this.lives),
      ...(map ? { map: map.label } : {}),
    });
    this.afterwards(late, started);
  }

  /** The map that a creation would make; it is one of the trace whether it comes to be or not. */
  private asked(operation: Operation, slot: number): ConvertedMap {
    const { map_type, key_size, value_size, max_entries } = {
      ...MAP_DEFAULTS,
      ...(operation as Partial<ConvertedMap>),
    };
    return {
      ...{ slot, map_type, key_size, value_size, max_entries },
      label: this.recorder.fresh('map'),
      ...{
        binding: null,
        actual_value_size: 0,
        context: null,
        references: 0,
        deleted: false,
        gone: false,
      },
    };
  }

  private created(map: ConvertedMap, place: { map: ConvertedMap | null }, result: string): void {
    this.calls.settle(map);
    if (result !== 'EBPF_SUCCESS') return;
    map.references = 1;
    place.map = map;
    this.lives.maps.push(map);
    const {
      label,
      binding,
      map_type,
      key_size,
      value_size,
      max_entries,
      actual_value_size,
      context,
    } = map;
    if (!binding) return;
    this.recorder.record({
      ...{
        kind: 'map-created',
        map: label,
        binding: binding.label,
        registration: binding.registration,
      },
      ...{ map_type, key_size, value_size, max_entries, actual_value_size, context },
    });
  }

  private referred(
    op: MapStep,
    map: ConvertedMap,
    place: { map: ConvertedMap | null },
    seen: Observation,
  ): void {
    if (op === 'hold' && seen.result === 'OK') map.references += 1;
    if (op !== 'close' || seen.result !== 'OK') return;
    map.references = seen.last_reference === true ? 0 : map.references - 1;
    if (map.references === 0) place.map = null;
  }

  /** Work that eBPFCore deferred: the end of maps whose last reference is gone. */
  private afterwards(late: readonly CallTree[], op: number): void {
    this.recorder.actor = -1;
    for (const one of late)
      this.write(one, {
        op,
        process: worker,
        map: this.lives.mapOf(one.callback, null),
        within: 0,
      });
    for (const map of this.lives.maps) {
      if (map.gone || !map.deleted || map.references > 0) continue;
      map.gone = true;
      this.calls.settle(map);
      this.recorder.record({ kind: 'map-gone', map: map.label, balance: null });
    }
    this.recorder.actor = 0;
  }

  private write({ callback, nested }: CallTree, site: CallSite): void {
    this.calls.write(callback, site, (call) => {
      if (nested) this.nested(nested, { ...site, within: call }, callback);
    });
  }

  /** An operation that the provider carried out from inside a callback, on the same map. */
  private nested(
    { op, result, calls }: NestedOperation,
    site: CallSite,
    from: ObservedCallback,
  ): void {
    const { map } = site;
    const source = this.transcript.providers.find(({ p }) => p === from.args?.['provider']);
    const key = String(source?.['reenter_key'] ?? '');
    const value = '77'.repeat(map?.value_size ?? 0);
    const operation = operationOf(op, { key, value }, map?.slot ?? 0);
    const started = this.begin(operation, 'provider');
    for (const callback of calls) this.calls.write(callback, { ...site, op: started });
    const given = op === 'update' ? { given: value } : {};
    this.end(started, operation, { result, ...given, ...(map ? { map: map.label } : {}) });
  }
}

/**
 * An operation on a map that the runtime implements itself shows nothing of custom maps (DISC-007).
 */
const isOfNoProvider = ({ map_type }: ConvertedMap, { callbacks }: Observation): boolean =>
  NATIVE_MAP_TYPES.includes(map_type) && callbacks.length === 0;

/** What the caller got, in the words of a trace. */
const answerOf = (
  op: MapStep,
  args: StepArguments,
  seen: Observation,
  map: ConvertedMap | null,
  lives: ConvertedLives,
): { result: string; out?: unknown; given?: string } => {
  const { result } = seen;
  if (op === 'mapctx') {
    return { result: result === 'OK' ? 'EBPF_SUCCESS' : result, out: lives.context(seen.out) };
  }
  if (op === 'close')
    return {
      result,
      ...(seen.last_reference === undefined ? {} : { out: { last: seen.last_reference } }),
    };
  if (op === 'update' && map)
    return { result, given: (args.value ?? '').slice(0, 2 * map.value_size) };
  const out = seen.out ?? seen.out_written_on_failure ?? null;
  return { result, ...(out === null ? {} : { out }) };
};

/** The trace that a transcript shows. */
export const convert = (transcript: Transcript): TraceEvent[] => new Conversion(transcript).run();
