/**
 * The reference runtime: plays eBPFCore towards one subject. It carries out the operations of a
 * plan phase by phase and records everything; it judges nothing. One instance is one run.
 */
import type { Subject } from '../provider/port.ts';
import { Crossing, RunEnded, type CallMarker } from '../provider/observed.ts';
import { newThread, type Thread } from '../provider/thread.ts';
import type { Caller, Choices, Conditions, Operation, Plan } from '../trace/plan.ts';
import type { Recorder } from '../trace/recorder.ts';
import { Clients } from './clients.ts';
import type { Core, RunData } from './core.ts';
import type { CreationParts } from './create.ts';
import type { Answer, Phases } from './custom-map.ts';
import { dialectOf, watched } from './dialect.ts';
import { EpochMemory } from './epoch-memory.ts';
import type { Ease } from './ease.ts';
import { Host } from './host-services.ts';
import { MapTable } from './map-table.ts';
import { NmrRegistrar } from './nmr.ts';
import { Operations } from './operations.ts';
import { reusedSpace } from './reused-space.ts';
import { Scheduler, type Task } from './scheduler.ts';
import { Settling } from './settling.ts';
import { isStart, SubjectModule } from './subject-module.ts';

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
  /** Switches that the run came to ask for: without the others it is the same. */
  readonly asked = new Set<string>();
  private readonly module: SubjectModule;
  private readonly settling: Settling;
  private readonly operations: Operations;
  private current = newThread(-1, 'user', 0);
  private versions = 0;

  constructor(options: RuntimeOptions) {
    const { conditions, recorder, subject, data } = options;
    this.conditions = conditions;
    this.recorder = recorder;
    this.subject = subject;
    this.data = data;
    const dialect = watched(dialectOf(conditions), this.asked);
    const isOurRegistrar = !subject.hasOwnRegistrar;
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
        if (subject.hasStackInPool && !conditions.pool_fails) return 'spared';
        return isStart(this.crossing, call) ? 'start' : 'later';
      },
      hasStackInPool: subject.hasStackInPool ?? false,
    });
    this.crossing.onReturn = (call, thread) => this.memory.epochs.closeLeftOpen(thread, call);
    this.nmr = new NmrRegistrar({
      recorder,
      crossing: this.crossing,
      // Order and answers of a registrar elsewhere are its own.
      isProviderFirst: () => isOurRegistrar && dialect.providerDetachFirst,
      isPendingUnbound: () =>
        isOurRegistrar && ((conditions.always_pending ?? false) || dialect.deregistrationPends),
      failRegistration: isOurRegistrar ? (conditions.fail_registration ?? null) : null,
      failDeregistration: isOurRegistrar ? (conditions.fail_deregistration ?? null) : null,
      detachIrql: conditions.detach_irql ?? 0,
      onRegistered: (thread, registered) => {
        if (!isOurRegistrar) return;
        const { early_client } = conditions;
        const kind = early_client ?? (dialect.attachDuringRegistration ? 'passing' : null);
        if (kind) this.clients.attachEarly(thread, registered, kind);
      },
    });
    this.host = new Host({
      recorder,
      crossing: this.crossing,
      memory: this.memory,
      nmr: this.nmr,
      isWorkAtOnce: options.ease !== undefined && 'atOnce' in options.ease,
      failWait: conditions.fail_wait ?? null,
      isBlocking: () => isOurRegistrar && dialect.deregistrationBlocks,
      thread: () => this.current,
      withThread: (thread, act) => this.withThread(thread, act),
      pump: (isEndless) => this.pump(isEndless),
      isStart: (call) => isStart(this.crossing, call),
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
    this.module = new SubjectModule({
      recorder,
      crossing: this.crossing,
      subject,
      services: () => this.host.services(),
      registered: this.nmr.registered,
    });
    this.settling = new Settling({
      recorder,
      crossing: this.crossing,
      subject,
      memory: this.memory,
      host: this.host,
      scheduler: this.scheduler,
      module: this.module,
      stepsMax: options.stepsMax ?? stepsMaxDefault,
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
    this.operations = new Operations({
      core: this,
      maps: this.maps,
      clients: this.clients,
      objects: this.host.objects,
      module: this.module,
      settling: this.settling,
    });
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
      this.settling.stepAll();
      this.finish();
    } catch (reason) {
      if (!(reason instanceof RunEnded)) throw reason;
    }
    this.recorder.actor = -1;
    this.recorder.record({
      kind: 'run-ended',
      operations: this.operations.count,
      callbacks: this.crossing.calls,
    });
  }

  /** Carries out one operation with all its phases, then everything that was deferred. */
  performNow(operation: Operation, caller: Caller = 'user', process = 1): Answer {
    const thread = newThread(0, caller, process);
    let answer: Answer = { result: 'EBPF_FAILED' };
    const steps = this.operations.perform(thread, operation);
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
    return this.operations.performWithin(this.current, operation);
  }

  withThread<T>(thread: Thread, act: () => T): T {
    const before = this.current;
    this.current = thread;
    const answer = act();
    this.current = before;
    this.recorder.actor = before.actor;
    return answer;
  }

  /** Lets all background work come to its end. */
  settle(): void {
    this.settling.settle();
  }

  private *act(thread: Thread, operations: readonly Operation[]): Phases<void> {
    for (const operation of operations) {
      yield* this.operations.perform(thread, operation);
      yield;
    }
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
    if (this.module.isStarted) {
      this.settling.balance('asked', 0);
      this.module.stop(thread);
    }
    this.settling.balance('unloaded', 0);
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

  private resume(task: Task): void {
    this.withThread(task.thread, () => {
      task.done = task.steps.next().done ?? false;
    });
  }
}
