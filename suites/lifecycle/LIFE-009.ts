/**
 * LIFE-009, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Lifecycle
 */
import type { EventOf, Requirement, TraceView, Reporter, Watch } from '../../harness/index.ts';
import { pool } from '../state/blind-spots.ts';
import { byMaker } from '../state/block-ledger.ts';
import { crowdOf, type MapCrowd } from '../state/map-crowd.ts';
import { type MapLives, livesOf } from '../state/map-lives.ts';
import { type RepeatedUpdate, repeatedUpdatesOf } from '../state/repeated-updates.ts';
import { inOrder } from '../state/in-order.ts';
import { cachedMapsMax } from './map-ends.ts';

/** Fewer lives say nothing about growth. */
const livesMin = 32;

const watchCycles: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const growth = new Growth(say, trace, lives);
  const { book: crowd, handlers: crowdHandlers } = crowdOf(trace);
  const answers = new Answers(say, trace, lives, crowd);
  const { book: updates, handlers: updateHandlers } = repeatedUpdatesOf(trace);
  const staleness = new Staleness(say);
  updates.listen((update) => staleness.updated(update));
  return inOrder(handlers, updateHandlers, crowdHandlers, {
    'operation-started': (event) => answers.started(event),
    'callback-returned': (event) => answers.returned(event),
    'operation-ended': (event) => answers.ended(event),
    balance: (event) => growth.balance(event),
  });
};

/** What calls of maps that are gone still own, and what the subject itself counts. */
class Growth {
  private base: number | null = null;
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly lives: MapLives;

  constructor(say: Reporter, trace: TraceView, lives: MapLives) {
    this.say = say;
    this.trace = trace;
    this.lives = lives;
  }

  balance(event: EventOf<'balance'>): void {
    if (event.why === 'started') this.base = event.balance.resources;
    const gone = [...this.lives.lives.values()].filter((life) => life.gone);
    if (event.why !== 'asked' || this.lives.alive().length > 0 || gone.length < livesMin) return;
    if (gone.some((life) => this.lives.endedElsewhere(life) && life.endedIn !== 0)) return;
    this.say.exercised();
    const expected = `nothing grows while ${gone.length} maps come and go`;
    const owners = new Set<string>();
    for (const call of byMaker(event.balance).keys()) {
      const made = this.trace.call(call);
      if (!made?.direct && this.lives.of(made?.map)?.gone) owners.add(made?.map ?? '');
    }
    if (owners.size > this.lives.peak + cachedMapsMax) {
      this.say.violated(
        event,
        expected,
        `memory or references that calls for ${owners.size} of these maps made are still there`,
      );
    }
    const { resources } = event.balance;
    const counts = this.trace.subject.profile.countsResources && !this.lives.meddled;
    if (!counts || this.base === null || resources === null) return;
    if (Math.abs(resources - this.base) > cachedMapsMax) {
      this.say.violated(
        event,
        expected,
        `the provider accounts for ${resources} values, ${this.base} before`,
      );
    }
  }
}

/** A creation, with the maps beside it: at the least where it succeeded, else at the most. */
type Asked = { name: string; beside: number | null; refused: string | null };

/** Fewer refusals in later maps may be chance. */
const refusalsMin = 3;

/** What one map took, each later one takes, with no other map about. */
class Staleness {
  private readonly taken = new Set<string>();
  private readonly refusals = new Map<string, number>();
  private readonly say: Reporter;

  constructor(say: Reporter) {
    this.say = say;
  }

  updated({ event, map, question, refused, others }: RepeatedUpdate): void {
    if (others > 0 || map.entries.size > (refused === null ? 1 : 0)) return;
    if (refused === null) {
      this.taken.add(question);
      this.refusals.delete(question);
      return;
    }
    if (!this.taken.has(question)) return;
    const count = (this.refusals.get(question) ?? 0) + 1;
    this.refusals.set(question, count);
    if (count !== refusalsMin) return;
    this.say.violated(
      event,
      'what an empty map took, every later one takes while no other map is alive',
      `the same update was answered ${refused} in ${count} maps created later`,
    );
  }
}

/** The same creation, with no more maps alive than when it succeeded, goes on succeeding. */
class Answers {
  private readonly succeeded = new Map<string, number>();
  private readonly asked = new Map<number, Asked>();
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly lives: MapLives;
  private readonly crowd: MapCrowd;

  constructor(say: Reporter, trace: TraceView, lives: MapLives, crowd: MapCrowd) {
    this.say = say;
    this.trace = trace;
    this.lives = lives;
    this.crowd = crowd;
  }

  started(event: EventOf<'operation-started'>): void {
    const { operation } = event;
    if (operation.op === 'start') this.succeeded.clear();
    if (operation.op !== 'create') return;
    const { map: _, ...how } = operation;
    this.asked.set(event.op, { name: JSON.stringify(how), beside: null, refused: null });
  }

  returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    if (event.callback !== 'preprocess_map_create' || !call || call.direct) return;
    const asked = this.asked.get(call.op);
    const beside = this.crowd.beside(event.call);
    if (!asked || !beside) return;
    asked.beside = event.result === 'EBPF_SUCCESS' ? beside.least : beside.most;
    if (event.result !== 'EBPF_SUCCESS') asked.refused = event.result;
  }

  ended(event: EventOf<'operation-ended'>): void {
    const asked = this.asked.get(event.op);
    if (!asked || asked.beside === null) return;
    const known = this.succeeded.get(asked.name);
    if (event.result === 'EBPF_SUCCESS') {
      this.succeeded.set(asked.name, Math.max(known ?? 0, asked.beside));
      return;
    }
    const { reclamation } = this.trace.subject.profile;
    if (asked.refused === null || known === undefined || asked.beside > known) return;
    if (this.trace.conditions.fail_allocation !== undefined || reclamation === 'deferred') return;
    this.say.violated(
      event,
      'a creation that succeeded before succeeds again when no more maps are alive than then',
      `it was answered ${asked.refused} after ${this.lives.lives.size} maps had been created`,
    );
  }
}

export const rule: Requirement = {
  id: 'LIFE-009',
  asks: 'Maps can be created and deleted over and over without stale state or growth.',
  passing:
    'A hundred lives of maps left memory and counters as after the first, and each creation ' +
    'succeeded like the first.',
  look: 'Pools, lists and id counters that only ever grow.',
  watch: watchCycles,
  blindSpots: { ownServices: pool },
};
