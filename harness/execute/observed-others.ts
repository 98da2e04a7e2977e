/**
 * What others do while a callback of an observing provider runs: handed to the observer, which has
 * them do it on threads of their own, and told by its records.
 */
import type { Observer } from '../adapters/observer.ts';
import { STEP_KINDS, type ObserverRecord, type ObserverStep } from '../adapters/observer-layout.ts';
import { readResult, readStatus } from '../abi/result.ts';
import type { Meanwhile, Operation } from '../trace/plan.ts';
import type { Answer } from './answer.ts';
import type { Situation } from './observed-arguments.ts';
import type { TogetherTurn } from './observed-events.ts';
import { definitionOf } from './observed-operations.ts';
import type { Registrants } from './observed-registrants.ts';
import type { ThreadsRun } from './observed-together.ts';

type Step = Meanwhile['operations'][number];
const none = { provider: 0, late: 0, map_type: 0, key_size: 0, value_size: 0, max_entries: 0 };

export class Others {
  private readonly observer: Observer;
  private readonly registrants: Registrants;
  private readonly run: ThreadsRun;
  private turns: TogetherTurn[] = [];

  constructor(observer: Observer, registrants: Registrants, run: ThreadsRun) {
    this.observer = observer;
    this.registrants = registrants;
    this.run = run;
  }

  /** A provider is about to be registered in whose callbacks others do something. */
  expect({ provider, as }: Extract<Operation, { op: 'register' }>, process: number): void {
    if (!as.during) return;
    const { callback, operations } = as.during;
    const places = operations.map((operation) => this.placeOf(operation));
    const steps = operations.map((operation, number) =>
      this.stepOf(operation, { number, process }, places[number]!),
    );
    this.turns = operations.map((operation, number) =>
      this.turnOf(operation, { actor: number + 1, process }, places[number]!),
    );
    if (!this.observer.meanwhile(this.registrants.indexOf(provider), callback, steps))
      throw new Error('the observing provider cannot have so much done meanwhile');
  }

  /** Waits until they are done, and says whose the records are. */
  settled(): readonly TogetherTurn[] {
    if (this.turns.length > 0) this.observer.settle();
    return this.turns;
  }

  /** The observer's number of the provider that an operation is about. */
  private placeOf(operation: Step): number {
    if (operation.op === 'register') return this.registrants.placeOf(operation);
    return operation.op === 'deregister' ? this.registrants.indexOf(operation.provider) : 0;
  }

  private stepOf(
    operation: Step,
    of: { number: number; process: number },
    provider: number,
  ): ObserverStep {
    const step = { ...none, kind: STEP_KINDS[operation.op], ...of };
    if (operation.op === 'create') return { ...step, ...definitionOf(operation) };
    const late = operation.op === 'register' && operation.as.late ? 1 : 0;
    return { ...step, provider, late };
  }

  private turnOf(
    operation: Step,
    { actor, process }: { actor: number; process: number },
    place: number,
  ): TogetherTurn {
    const { run, registrants } = this;
    let now: Situation | null = null;
    let answer: Answer = { result: 'not a result' };
    return {
      start: ({ result }) => {
        now = run.begin(operation, { caller: 'user', process }, actor);
        if (operation.op === 'register')
          answer = registrants.came(operation, place, () => readStatus(result) ?? answer.result);
        return now;
      },
      end: ({ result, made_map }: ObserverRecord) => {
        if (!now) return;
        if (operation.op === 'deregister')
          answer = registrants.left(operation.provider, () => readStatus(result) ?? answer.result);
        if (operation.op === 'create')
          answer = run.made(now, operation, {
            result: readResult(result) ?? answer.result,
            map: BigInt(made_map),
          });
        run.end(now, operation, answer);
      },
    };
  }
}
