/** Operations of a plan: who carries each out, and the record of its start and its answer. */
import { DISPATCH_LEVEL } from '../abi/flags.ts';
import type { Thread } from '../provider/thread.ts';
import type { Operation } from '../trace/plan.ts';
import type { Clients } from './clients.ts';
import { competitor } from './competitor.ts';
import type { Core } from './core.ts';
import type { Answer, Phases } from './custom-map.ts';
import { DirectCalls } from './direct-call.ts';
import type { KernelObjects } from './kernel-objects.ts';
import type { MapTable } from './map-table.ts';
import type { Settling } from './settling.ts';
import type { SubjectModule } from './subject-module.ts';

type Parts = {
  core: Core;
  maps: MapTable;
  clients: Clients;
  objects: KernelObjects;
  module: SubjectModule;
  settling: Settling;
};

/** There was nothing to do it to, or with; of a batch a part may have been done. */
const isSkipped = ({ op }: Operation, result: string): boolean =>
  result === 'NO_SUCH_MAP' || (result === 'NO_SUCH_VALUE' && op !== 'batch_update');

export class Operations {
  private readonly parts: Parts;
  private readonly direct: DirectCalls;
  /** Handles of competitors that are registered, by the plan's number. */
  private readonly others = new Map<number, bigint>();
  private begun = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.direct = new DirectCalls(parts.core);
  }

  /** Operations begun so far. */
  get count(): number {
    return this.begun;
  }

  /** One operation as phases, with its start and end recorded. */
  *perform(thread: Thread, operation: Operation): Phases<Answer> {
    const { core, maps, module, settling } = this.parts;
    const { recorder } = core;
    const op = (this.begun += 1);
    const caller = thread.caller;
    const irql = thread.irql;
    if ('caller' in operation && operation.caller) thread.caller = operation.caller;
    thread.op = op;
    if (thread.caller === 'program' && !core.conditions.passive_programs)
      thread.irql = DISPATCH_LEVEL;
    recorder.actor = thread.actor;
    recorder.record({
      kind: 'operation-started',
      op,
      operation,
      caller: thread.caller,
      process: thread.process,
    });
    const answer = yield* this.carryOut(thread, operation);
    recorder.actor = thread.actor;
    const resources = module.resources();
    recorder.record({
      kind: 'operation-ended',
      op,
      operation,
      ...answer,
      ...('map' in operation && typeof operation.map === 'number'
        ? { map: maps.labelOf(operation.map) }
        : {}),
      ...(resources === null ? {} : { resources, settled: settling.isSettled }),
      ...(isSkipped(operation, answer.result) ? { skipped: true } : {}),
    });
    thread.caller = caller;
    thread.irql = irql;
    return answer;
  }

  /** All phases of an operation at once, from inside one of the thread's calls (re-entrancy). */
  performWithin(thread: Thread, operation: Operation): Answer {
    const { op } = thread;
    const steps = this.perform(thread, operation);
    let step = steps.next();
    while (!step.done) step = steps.next();
    thread.op = op;
    return step.value;
  }

  private *carryOut(thread: Thread, operation: Operation): Phases<Answer> {
    const { core, maps, clients, objects, module, settling } = this.parts;
    switch (operation.op) {
      case 'start':
        return this.start(thread);
      case 'stop':
        return module.stop(thread);
      case 'drain':
        settling.drain();
        return { result: 'OK' };
      case 'close_handles':
        objects.closeHandles();
        return { result: 'OK' };
      case 'balance':
        settling.balance('asked', thread.op);
        return { result: 'OK' };
      case 'attach':
        return clients.attach(thread, operation.binding, operation.client ?? {});
      case 'detach':
        return clients.detach(thread, operation.binding);
      case 'register_other':
        // One at a time in each place: whoever was there goes.
        core.nmr.deregisterOwn(this.others.get(operation.other) ?? 0n);
        this.others.set(
          operation.other,
          core.nmr.registerOwn(competitor(operation.map_type ?? core.data.mapType)),
        );
        return { result: 'STATUS_SUCCESS' };
      case 'deregister_other':
        core.nmr.deregisterOwn(this.others.get(operation.other) ?? 0n);
        this.others.delete(operation.other);
        return { result: 'STATUS_SUCCESS' };
      case 'call':
        return this.direct.call(thread, operation);
      case 'helper':
        return this.direct.helper(thread, operation);
      default:
        return yield* maps.perform(thread, operation);
    }
  }

  private start(thread: Thread): Answer {
    const answer = this.parts.module.start(thread);
    if (answer.result === 'STATUS_SUCCESS') this.parts.settling.balance('started', thread.op);
    return answer;
  }
}
