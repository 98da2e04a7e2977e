/**
 * The reference runtime: plays eBPFCore towards one subject. It carries out the operations of a
 * plan phase by phase and records everything; it judges nothing. One instance is one run.
 */
import { DISPATCH_LEVEL } from '../abi/flags.ts';
import type { Subject } from '../provider/port.ts';
import { Crossing, RunEnded, type CallMarker } from '../provider/observed.ts';
import { newThread, type Thread } from '../provider/thread.ts';
import type { Balance } from '../trace/event.ts';
import type { Caller, Choices, Conditions, Operation, Plan } from '../trace/plan.ts';
import type { Recorder } from '../trace/recorder.ts';
import { Clients } from './clients.ts';
import { competitor } from './competitor.ts';
import type { Core, RunData } from './core.ts';
import type { CreationParts } from './create.ts';
import type { Answer, Phases } from './custom-map.ts';
import { dialectOf } from './dialect.ts';
import { DirectCalls } from './direct-call.ts';
import { EpochMemory } from './epoch-memory.ts';
import type { Ease } from './ease.ts';
import { Host } from './host-services.ts';
import { MapTable } from './map-table.ts';
import { NmrRegistrar } from './nmr.ts';
import { recordChange } from './registered.ts';
import { reusedSpace } from './reused-space.ts';
import { Scheduler, type Task } from './scheduler.ts';

export type RuntimeOptions = {
  conditions: Conditions;
  recorder: Recorder;
  subject: Subject;
  data: RunData;
  choices?: Choices;
  marker?: CallMarker | null;
  callsMax?: number;
  /** Callbacks before which the run ends. */
  avoid?: readonly string[];
  stepsMax?: number;
  /** What a run that was lost is spared when it is repeated to learn why. */
  ease?: Ease;
  /**
   * The run is one of a search over schedules: its branch points are kept, and this hears of each
   * choice.
   */
  search?: (choice: number) => void;
};

const defaultMapContextOffset = 176;
const callsMaxDefault = 200_000;
const stepsMaxDefault = 1_000_000;

export class SimulatedRuntime implements Core {
  readonly recorder: Recorder;
  readonly crossing: Crossing;
  readonly memory: EpochMemory;
  readonly nmr: NmrRegistrar;
  readonly host: Host;
  readonly scheduler: Scheduler;
  readonly maps: MapTable;
  readonly clients: Clients;
  readonly subject: Subject;
  readonly data: RunData;
  readonly conditions: Conditions;
  private readonly direct: DirectCalls;
  private readonly worker: Thread;
  private readonly stepsMax: number;
  private current: Thread;
  private operations = 0;
  private versions = 0;
  private started = false;
  private readonly others = new Map<number, bigint>();

  constructor(options: RuntimeOptions) {
    const { conditions, recorder, subject, data } = options;
    this.conditions = conditions;
    this.recorder = recorder;
    this.subject = subject;
    this.data = data;
    this.stepsMax = options.stepsMax ?? stepsMaxDefault;
    const dialect = dialectOf(conditions);
    this.worker = newThread(-1, 'user', 0);
    this.current = this.worker;
    this.crossing = new Crossing(
      recorder,
      options.callsMax ?? callsMaxDefault,
      options.marker ?? null,
    );
    this.crossing.avoid = new Set(options.avoid);
    const space = conditions.reused_memory ? reusedSpace(subject.space) : subject.space;
    this.memory = new EpochMemory(space, recorder, {
      garbage: conditions.garbage ?? false,
      failAllocation: conditions.fail_allocation ?? null,
      kept: options.ease && 'kept' in options.ease ? options.ease.kept : [],
      failStartAllocation: conditions.fail_start_allocation ?? null,
      poolOf: (call) => {
        if (subject.poolMayFail !== true) return 'spared';
        return this.isStart(call) ? 'start' : 'later';
      },
    });
    this.crossing.onReturn = (call, thread) => this.memory.epochs.closeLeftOpen(thread, call);
    this.nmr = new NmrRegistrar({
      recorder,
      crossing: this.crossing,
      // Order and answers of a registrar elsewhere are its own.
      providerDetachFirst: dialect.providerDetachFirst && !subject.hasOwnRegistrar,
      alwaysPending: (conditions.always_pending ?? false) && !subject.hasOwnRegistrar,
      failRegistration: subject.hasOwnRegistrar ? null : (conditions.fail_registration ?? null),
      failDeregistration: subject.hasOwnRegistrar ? null : (conditions.fail_deregistration ?? null),
      detachIrql: conditions.detach_irql ?? 0,
      onRegistered: (thread, registered) => {
        const { early_client } = conditions;
        if (early_client && !subject.hasOwnRegistrar) {
          this.clients.attachEarly(thread, registered, early_client);
        }
      },
    });
    this.host = new Host({
      recorder,
      crossing: this.crossing,
      memory: this.memory,
      nmr: this.nmr,
      isWorkAtOnce: options.ease !== undefined && 'atOnce' in options.ease,
      failWait: conditions.fail_wait ?? null,
      thread: () => this.current,
      withThread: (thread, act) => this.withThread(thread, act),
      pump: (isEndless) => this.pump(isEndless),
      isStart: (call) => this.isStart(call),
      failStartReference: conditions.fail_start_reference ?? null,
    });
    this.scheduler = new Scheduler({
      choices: options.choices ?? [],
      runDeferred: () => this.host.deferred.runNext(),
      hasDeferred: () => this.host.deferred.isWaiting,
      resume: (task) => this.resume(task),
      ...(options.search
        ? { search: { seq: () => recorder.events.length, taken: options.search } }
        : {}),
    });
    this.clients = new Clients(this);
    const parts: CreationParts = {
      recorder,
      crossing: this.crossing,
      memory: this.memory,
      dialect,
      findFill: conditions.find_fill ?? null,
      misaligned: conditions.misaligned ?? false,
      ease: options.ease ?? null,
      cleanupProcess:
        conditions.foreign_cleanup === 'nobody' ? 0 : conditions.foreign_cleanup ? 2 : null,
      relation: data.relation ?? null,
      exposed: (bytes) => this.memory.exposed(bytes) ?? this.host.objects.exposed(bytes),
      nmr: this.nmr,
      extraTypes: new Set(data.extraTypes),
      draft: conditions.revision === 'draft',
      present: (binding) => this.clients.present(binding, {}),
      moduleId: () => this.clients.moduleId(),
      nextVersion: () => (this.versions += 1),
    };
    this.maps = new MapTable(parts, this);
    this.direct = new DirectCalls(this);
  }

  get thread(): Thread {
    return this.current;
  }

  get mapContextOffset(): number {
    return this.conditions.map_context_offset ?? defaultMapContextOffset;
  }

  /**
   * Runs a whole plan. Everything that happened is in the recorder; never throws for the subject's
   * sake.
   */
  run(plan: Plan, choices: number): void {
    this.recorder.record({
      kind: 'run-started',
      plan: plan.name,
      probes: plan.probes ?? [],
      conditions: this.conditions,
      choices,
    });
    try {
      plan.actors.forEach((actor, index) => {
        const thread = newThread(index, actor.caller, actor.process);
        this.scheduler.addActor(thread, this.act(thread, actor.operations));
      });
      this.stepAll();
      this.finish();
    } catch (reason) {
      if (!(reason instanceof RunEnded)) throw reason;
    }
    this.recorder.actor = -1;
    this.recorder.record({
      kind: 'run-ended',
      operations: this.operations,
      callbacks: this.crossing.calls,
    });
  }

  /** Carries out one operation with all its phases, then everything that was deferred. */
  performNow(operation: Operation, caller: Caller = 'user', process = 1): Answer {
    const thread = newThread(0, caller, process);
    let answer: Answer = { result: 'EBPF_FAILED' };
    const steps = this.perform(thread, operation);
    const task = this.scheduler.addActor(
      thread,
      (function* () {
        answer = yield* steps;
      })(),
    );
    this.scheduler.drive(task);
    this.settle();
    return answer;
  }

  /**
   * Carries out one operation on the thread that runs now, from inside one of its calls
   * (re-entrancy).
   */
  performWithin(operation: Operation): Answer {
    const thread = this.current;
    const { op } = thread;
    const steps = this.perform(thread, operation);
    let step = steps.next();
    while (!step.done) step = steps.next();
    thread.op = op;
    return step.value;
  }

  /** One operation as phases, with its start and end recorded. */
  *perform(thread: Thread, operation: Operation): Phases<Answer> {
    const op = (this.operations += 1);
    const caller = thread.caller;
    const irql = thread.irql;
    if ('caller' in operation && operation.caller) thread.caller = operation.caller;
    thread.op = op;
    if (thread.caller === 'program' && !this.conditions.passive_programs)
      thread.irql = DISPATCH_LEVEL;
    this.recorder.actor = thread.actor;
    this.recorder.record({
      kind: 'operation-started',
      op,
      operation,
      caller: thread.caller,
      process: thread.process,
    });
    const answer = yield* this.carryOut(thread, operation);
    this.recorder.actor = thread.actor;
    const resources = this.resources();
    this.recorder.record({
      kind: 'operation-ended',
      op,
      operation,
      ...answer,
      ...('map' in operation && typeof operation.map === 'number'
        ? { map: this.maps.labelOf(operation.map) }
        : {}),
      ...(resources === null ? {} : { resources, settled: this.isSettled() }),
      ...(answer.result === 'NO_SUCH_MAP' ? { skipped: true } : {}),
    });
    thread.caller = caller;
    thread.irql = irql;
    return answer;
  }

  withThread<T>(thread: Thread, act: () => T): T {
    const before = this.current;
    this.current = thread;
    const answer = act();
    this.current = before;
    this.recorder.actor = before.actor;
    return answer;
  }

  /**
   * Nothing of the subject's is under way: neither a callback that waits nor work that it put off.
   */
  private isSettled(): boolean {
    return !this.host.deferred.isWaiting && this.crossing.inFlight.size === 0;
  }

  /** Lets all background work come to its end. */
  settle(): void {
    let steps = 0;
    while (this.scheduler.step(true)) {
      if ((steps += 1) > this.stepsMax) this.crossing.end('stepsMax', this.stepsMax);
    }
  }

  /**
   * Drains, the subject's own deferred work included, and records what lives. Asked for while a
   * callback waits, it records nothing: that one is halfway, and what it holds is its own affair.
   */
  balance(why: 'asked' | 'unloaded' | 'started', op: number): void {
    this.settle();
    if (this.subject.drain) {
      this.subject.drain();
      this.settle();
    }
    if (why === 'asked' && this.crossing.inFlight.size > 0) return;
    this.recorder.record({ kind: 'balance', why, op, balance: this.live() });
  }

  private *act(thread: Thread, operations: readonly Operation[]): Phases<void> {
    for (const operation of operations) {
      yield* this.perform(thread, operation);
      yield;
    }
  }

  private *carryOut(thread: Thread, operation: Operation): Phases<Answer> {
    switch (operation.op) {
      case 'start':
        return this.start(thread);
      case 'stop':
        return this.stop(thread);
      case 'drain':
        this.settle();
        this.subject.drain?.();
        this.settle();
        return { result: 'OK' };
      case 'close_handles':
        this.host.objects.closeHandles();
        return { result: 'OK' };
      case 'balance':
        this.balance('asked', thread.op);
        return { result: 'OK' };
      case 'attach':
        return this.clients.attach(thread, operation.binding, operation.client ?? {});
      case 'detach':
        return this.clients.detach(thread, operation.binding);
      case 'register_other':
        this.others.set(
          operation.other,
          this.nmr.registerOwn(competitor(operation.map_type ?? this.data.mapType)),
        );
        return { result: 'STATUS_SUCCESS' };
      case 'deregister_other':
        this.nmr.deregisterOwn(this.others.get(operation.other) ?? 0n);
        return { result: 'STATUS_SUCCESS' };
      case 'call':
        return this.direct.call(thread, operation);
      case 'helper':
        return this.direct.helper(thread, operation);
      default:
        return yield* this.maps.perform(thread, operation);
    }
  }

  private start(thread: Thread): Answer {
    if (this.started) return { result: 'ALREADY_STARTED' };
    const outcome = this.crossing.call(
      thread,
      { callback: 'start', direct: false, in_epoch: false },
      () => this.subject.start(this.host.services()),
    );
    const ok = outcome.result === null || outcome.result === 'STATUS_SUCCESS';
    this.recorder.record(
      ok
        ? { kind: 'module', what: 'started' }
        : { kind: 'module', what: 'start-failed', detail: outcome.result ?? '' },
    );
    this.started = ok;
    if (ok) this.balance('started', thread.op);
    return { result: ok ? 'STATUS_SUCCESS' : 'STATUS_UNSUCCESSFUL' };
  }

  private stop(thread: Thread): Answer {
    if (!this.started) return { result: 'NOT_STARTED' };
    this.started = false;
    this.crossing.call(thread, { callback: 'stop', direct: false, in_epoch: false }, () =>
      this.subject.stop(),
    );
    this.recorder.record({ kind: 'module', what: 'stopped' });
    for (const one of this.nmr.registered) {
      if (!one.own && !one.complete) recordChange(this.recorder, one, 'return of stop');
    }
    return { result: 'STATUS_SUCCESS' };
  }

  /**
   * Teardown that every run gets: maps closed, bare clients detached, module stopped, all drained.
   */
  private finish(): void {
    const thread = newThread(0, 'user', 1);
    this.current = thread;
    this.recorder.actor = 0;
    this.maps.closeAll(thread);
    this.settle();
    this.clients.detachAll(thread);
    if (this.started) {
      this.balance('asked', 0);
      this.stop(thread);
    }
    this.balance('unloaded', 0);
  }

  private stepAll(): void {
    let steps = 0;
    while (this.scheduler.step()) {
      if ((steps += 1) > this.stepsMax) this.crossing.end('stepsMax', this.stepsMax);
    }
  }

  /**
   * Somebody waits: others move; when nobody can and the wait has no end, processes end and their
   * handles are closed.
   */
  private pump(isEndless: boolean): boolean {
    const waiting = this.current;
    const moved =
      this.scheduler.step() ||
      (isEndless && (this.maps.closeAll(waiting) || this.clients.detachAll(waiting)));
    this.current = waiting;
    return moved;
  }

  /** Whether a call is the module's start. */
  private isStart(call: number): boolean {
    return (this.crossing.inFlight.get(call) ?? 'start') === 'start';
  }

  private resume(task: Task): void {
    this.withThread(task.thread, () => {
      task.done = task.steps.next().done ?? false;
    });
  }

  private resources(): number | null {
    const count = this.started && !this.crossing.ended ? this.subject.resourceCount?.() : undefined;
    return typeof count === 'number' && Number.isFinite(count) ? count : null;
  }

  private live(): Balance {
    return {
      blocks: this.memory
        .live()
        .map(({ label, kind, size, call }) => ({ block: label, kind, size, call })),
      objects: this.host.objects.held(),
      resources: this.resources(),
    };
  }
}
