/**
 * A transcript as a trace: what was observed of eBPFCore in the events that the rules are judged by.
 * It is told what was observed and replays nothing, so a rule that it breaks is broken by eBPFCore.
 */
import { readFacts } from '../adapters/module-facts.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Operation } from '../trace/plan.ts';
import { Recorder } from '../trace/recorder.ts';
import { ConvertedCalls, type CallSite } from './convert-calls.ts';
import { ConvertedLives, type ConvertedMap, type ConvertedProvider } from './convert-lives.ts';
import { ProviderBehaviour, type ProviderConfig } from './provider-behaviour.ts';
import { Recording } from './recording.ts';
import { RecordingProvider } from './recording-provider.ts';
import { MAP_DEFAULTS, operationOf, type MapStep } from './step-operation.ts';
import type { Observation, ObservedCallback, Step, StepArguments, Transcript } from './transcript.ts';

/** Programs ran at the IRQL of the calling thread when these were recorded. */
const conditions = { passive_programs: true } as const;

/** The user process that all steps ran in, and the mark of work that ran outside of it. */
const user = 1;
const worker = 0;

const reentrant = /^<reentrant (find|update|delete) from (find|update|delete)>$/;

/** A provider that is described and never called. */
const describe = (config: ProviderConfig): RecordingProvider => {
  const nobody = () => {
    throw new Error('a provider that is only described cannot be called');
  };
  const recording = new Recording({ currentMap: () => 0n, reenter: nobody });
  const host = { KeGetCurrentIrql: () => 0, memory: {} as never };
  return new RecordingProvider(new ProviderBehaviour(config), host, recording);
};

/** A list of callbacks by return, as a tree: a re-entrant operation belongs to the callback after it. */
type CallTree = { callback: ObservedCallback; nested: NestedOperation | null };
type NestedOperation = { op: 'find' | 'update' | 'delete'; result: string; calls: ObservedCallback[] };

const treeOf = (callbacks: readonly ObservedCallback[]): CallTree[] => {
  const tree: CallTree[] = [];
  let waiting: NestedOperation | null = null;
  for (const callback of callbacks) {
    const op = reentrant.exec(callback.name)?.[1] as NestedOperation['op'] | undefined;
    if (op) {
      waiting = { op, result: callback.ret ?? '', calls: takeNested(tree, op) };
      continue;
    }
    tree.push({ callback, nested: waiting });
    waiting = null;
  }
  return tree;
};

/** Takes the callbacks of a nested operation off the end: those that such an operation makes, in its order. */
const takeNested = (tree: CallTree[], op: NestedOperation['op']): ObservedCallback[] => {
  const taken: ObservedCallback[] = [];
  const take = (fits: (callback: ObservedCallback) => boolean): void => {
    const last = tree.at(-1);
    if (last && !last.nested && fits(last.callback)) taken.unshift(tree.pop()!.callback);
  };
  const flags = ({ args }: ObservedCallback): number => Number(args?.['flags'] ?? 0);
  const isDelete = ({ name }: ObservedCallback): boolean => name.endsWith('_delete_element');
  if (op === 'find') take(({ name }) => name === 'postprocess_map_find_element');
  if (op === 'delete') take((one) => isDelete(one) && flags(one) === 0);
  if (op === 'update') {
    take((one) => isDelete(one) && flags(one) === 2);
    take(({ name }) => name === 'preprocess_map_update_element');
  }
  return taken;
};

class Conversion {
  private readonly transcript: Transcript;
  private readonly recorder = new Recorder();
  private readonly lives = new ConvertedLives(this.recorder);
  private readonly providers = new Map<string, ConvertedProvider>();
  private readonly described = new Map<string, RecordingProvider>();
  private readonly calls = new ConvertedCalls(this.recorder, this.lives, this.providers);
  /** Slot of each map name, and the map that is in it now. */
  private readonly slots = new Map<string, { slot: number; map: ConvertedMap | null }>();
  private operations = 0;

  constructor(transcript: Transcript) {
    this.transcript = transcript;
    transcript.providers.forEach((config, number) => {
      const described = describe(config);
      const facts = readFacts(described.characteristics());
      this.described.set(config.p, described);
      this.providers.set(config.p, { number, label: null, facts, left: false });
    });
  }

  run(): TraceEvent[] {
    const { recorder, transcript } = this;
    recorder.record({ kind: 'run-started', plan: transcript.id, probes: [], conditions, choices: 0 });
    transcript.steps.forEach((step, index) => this.step(step, transcript.observed[index]!));
    if (this.lives.maps.some((map) => map.binding && !map.gone && map.references > 0)) {
      recorder.record({ kind: 'bound-reached', bound: 'steps of the transcript', limit: transcript.steps.length });
    }
    recorder.record({ kind: 'run-ended', operations: this.operations, callbacks: this.calls.calls });
    return recorder.events;
  }

  private step(step: Step, seen: Observation): void {
    switch (step.op) {
      case 'set':
        return;
      case 'mutate':
        return this.mutated(step.args);
      case 'register':
      case 'deregister':
      case 'wait':
        return this.providerStep(step.op, step.args, seen);
      default:
        return this.mapStep(step.op, step.args, seen);
    }
  }

  /** The provider edits its own structures while they are registered. */
  private mutated(args: StepArguments): void {
    const provider = this.providers.get(args.p ?? '');
    const described = this.described.get(args.p ?? '');
    if (!provider || !described) return;
    described.mutate(args);
    provider.facts = readFacts(described.characteristics());
    if (provider.label === null) return;
    const paths = Object.keys(args).filter((name) => name !== 'p');
    this.recorder.record({
      kind: 'registration-changed',
      registration: provider.label,
      paths,
      when: 'between two operations',
      unreadable: null,
      by: 'provider',
      facts: provider.facts,
    });
  }

  private providerStep(op: 'register' | 'deregister' | 'wait', args: StepArguments, seen: Observation): void {
    const provider = this.providers.get(args.p ?? '');
    if (!provider) return;
    const { number } = provider;
    const as = { map_type: provider.facts.data?.map_type ?? 0 };
    const operation: Operation =
      op === 'register'
        ? { op, provider: number, as }
        : { op: op === 'wait' ? 'await_deregistration' : op, provider: number };
    const started = this.begin(operation, 'user');
    for (const callback of seen.callbacks) this.calls.write(callback, { op: started, process: user, map: null, within: 0 });
    const result = this.registrationEvents(op, provider, seen.result);
    this.end(started, operation, { result });
  }

  private registrationEvents(op: 'register' | 'deregister' | 'wait', provider: ConvertedProvider, result: string): string {
    const { recorder } = this;
    if (op === 'register') {
      provider.label = recorder.fresh('registration');
      provider.left = false;
      recorder.record({ kind: 'registered', registration: provider.label, facts: provider.facts, status: result, inert: false });
      return result;
    }
    const registration = provider.label;
    if (registration === null) return result;
    if (op === 'deregister') {
      // What the registrar would answer with STATUS_PENDING was seen as a call that had not returned (C-28).
      const status = result === 'COMPLETE' ? 'STATUS_SUCCESS' : 'STATUS_PENDING';
      const bindings = this.lives.bindings.filter((one) => one.registration === registration && one.attached && !one.cleaned);
      recorder.record({ kind: 'deregister', registration, status, bindings: bindings.length });
      if (status === 'STATUS_SUCCESS') this.left(provider, registration);
      return status;
    }
    if (result !== 'COMPLETE') return 'STATUS_PENDING';
    recorder.record({ kind: 'deregister-wait', registration, phase: 'entered' });
    if (!provider.left) this.left(provider, registration);
    recorder.record({ kind: 'deregister-wait', registration, phase: 'returned', status: 'STATUS_SUCCESS' });
    return 'STATUS_SUCCESS';
  }

  private left(provider: ConvertedProvider, registration: string): void {
    provider.left = true;
    this.recorder.record({ kind: 'deregistered', registration });
  }

  private begin(operation: Operation, caller: string): number {
    const op = (this.operations += 1);
    this.recorder.record({ kind: 'operation-started', op, operation, caller, process: user });
    return op;
  }

  private end(op: number, operation: Operation, answer: { result: string; out?: unknown; given?: string; map?: string }): void {
    const skipped = answer.result === 'NO_SUCH_MAP' ? { skipped: true } : {};
    this.recorder.record({ kind: 'operation-ended', op, operation, ...answer, ...skipped });
  }

  private mapStep(op: MapStep, args: StepArguments, seen: Observation): void {
    const name = args.map ?? '';
    const place = this.slots.get(name) ?? { slot: this.slots.size, map: null };
    this.slots.set(name, place);
    const operation = operationOf(op, args, place.slot);
    const started = this.begin(operation, args.caller === 'helper' ? 'program' : 'user');
    const map = op === 'create' ? this.asked(operation, place.slot) : place.map;
    const site: CallSite = { op: started, process: user, map, within: 0 };
    const isLate = (callback: ObservedCallback): boolean => {
      const owner = this.lives.mapOf(callback, null) ?? (op === 'create' ? null : map);
      return owner !== null && (owner.references === 0 || (owner === map && seen.last_reference === true));
    };
    const tree = treeOf(seen.callbacks);
    const late = op === 'create' || op === 'close' ? tree.filter(({ callback }) => isLate(callback)) : [];
    for (const one of tree) if (!late.includes(one)) this.write(one, site);
    if (op === 'create' && map) this.created(map, place, seen.result);
    else if (map) this.referred(op, map, place, seen);
    this.end(started, operation, { ...answerOf(op, args, seen, map, this.lives), ...(map ? { map: map.label } : {}) });
    this.afterwards(late, started);
  }

  /** The map that a creation would make; it is one of the trace whether it comes to be or not. */
  private asked(operation: Operation, slot: number): ConvertedMap {
    const { map_type, key_size, value_size, max_entries } = { ...MAP_DEFAULTS, ...(operation as Partial<ConvertedMap>) };
    return {
      ...{ slot, map_type, key_size, value_size, max_entries },
      label: this.recorder.fresh('map'),
      ...{ binding: null, actual_value_size: 0, context: null, references: 0, deleted: false, gone: false },
    };
  }

  private created(map: ConvertedMap, place: { map: ConvertedMap | null }, result: string): void {
    this.calls.settle(map);
    if (result !== 'EBPF_SUCCESS') return;
    map.references = 1;
    place.map = map;
    this.lives.maps.push(map);
    const { label, binding, map_type, key_size, value_size, max_entries, actual_value_size, context } = map;
    if (!binding) return;
    this.recorder.record({
      ...{ kind: 'map-created', map: label, binding: binding.label, registration: binding.registration },
      ...{ map_type, key_size, value_size, max_entries, actual_value_size, context },
    });
  }

  private referred(op: MapStep, map: ConvertedMap, place: { map: ConvertedMap | null }, seen: Observation): void {
    if (op === 'hold' && seen.result === 'OK') map.references += 1;
    if (op !== 'close' || seen.result !== 'OK') return;
    map.references = seen.last_reference === true ? 0 : map.references - 1;
    if (map.references === 0) place.map = null;
  }

  /** Work that eBPFCore deferred: the end of maps whose last reference is gone. */
  private afterwards(late: readonly CallTree[], op: number): void {
    this.recorder.actor = -1;
    for (const one of late) this.write(one, { op, process: worker, map: this.lives.mapOf(one.callback, null), within: 0 });
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
  private nested({ op, result, calls }: NestedOperation, site: CallSite, from: ObservedCallback): void {
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
  if (op === 'close') return { result, ...(seen.last_reference === undefined ? {} : { out: { last: seen.last_reference } }) };
  if (op === 'update' && map) return { result, given: (args.value ?? '').slice(0, 2 * map.value_size) };
  const out = seen.out ?? seen.out_written_on_failure ?? null;
  return { result, ...(out === null ? {} : { out }) };
};

/** The trace that a transcript shows. */
export const convert = (transcript: Transcript): TraceEvent[] => new Conversion(transcript).run();
