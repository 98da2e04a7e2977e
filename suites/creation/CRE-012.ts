/**
 * CRE-012, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Discovery and Creation (per-instance)
 */
import type {
  EventOf,
  Operation,
  Requirement,
  TraceView,
  Reporter,
  Watch,
} from '../../harness/index.ts';
import { servesSeveral, when } from '../state/applies.ts';
import { HARMFUL, ledgerOf } from '../state/block-ledger.ts';
import { type MapLife, type MapLives, keyName, livesOf } from '../state/map-lives.ts';
import { type RepeatedUpdate, repeatedUpdatesOf } from '../state/repeated-updates.ts';
import { inOrder } from '../state/in-order.ts';

type Seen = { result: string; out: string | null; value: string; at: number };

const isPlainFind = (operation: Operation): boolean =>
  operation.op === 'find' &&
  !operation.delete &&
  operation.key_size === undefined &&
  operation.buffer === undefined &&
  (operation.caller ?? 'user') === 'user';

/** The bytes that two finds answer differ elsewhere than where nobody wrote into the buffer. */
const differs = (one: string | null, other: string | null): boolean => {
  if (one === null || other === null || one.length !== other.length) return one !== other;
  for (let at = 0; at < one.length; at += 2) {
    const pair = [one.slice(at, at + 2), other.slice(at, at + 2)];
    if (pair[0] !== pair[1] && !(pair.includes('00') && pair.includes('cc'))) return true;
  }
  return false;
};

const watchNeighbours: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: ledger, handlers: ledgerHandlers } = ledgerOf(trace);
  const finds = new Findings(say, trace, lives);
  const creations = new Creations(say, trace, lives);
  const losses = new Losses(say, lives);
  const counts = new Counts(say, trace, lives);
  const { book: updates, handlers: updateHandlers } = repeatedUpdatesOf(trace);
  const company = new Company(say);
  updates.listen((update) => company.updated(update));
  return inOrder(handlers, ledgerHandlers, updateHandlers, finds.handlers(), {
    'operation-started': (event) => creations.started(event),
    'operation-ended': (event) => creations.ended(event),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (call && !call.direct) creations.returned(event, call.op);
      losses.returned(event, call?.map);
    },
    misuse: (event) => {
      if (event.misuse !== 'free-twice' && event.misuse !== 'use-after-free') return;
      const owner = lives.of(ledger.maker(event.block)?.map);
      const freer = lives.of(ledger.freer(event.block)?.map);
      if (!owner || !freer || owner === freer || !HARMFUL.includes(event.misuse)) return;
      say.violated(
        event,
        `nothing that is done for ${freer.map} touches what belongs to ${owner.map}`,
        `memory made in a call for ${owner.map} was freed in a call for ${freer.map}; now: ${event.detail}`,
      );
    },
    balance: (event) => counts.balance(event),
    lost: (event) => {
      if (!ledger.isHarmed(event.call)) losses.lost(event, trace.call(event.call)?.map);
    },
  });
};

/** Finds of one key give the same answer before and after other maps came, changed and went. */
class Findings {
  private readonly seen = new Map<string, Seen>();
  /** Lookups during a deregistration are UNLOAD-003's. */
  private leaving = false;
  /** Counts what happens to maps; per map, what happened to it alone. */
  private all = 0;
  private readonly own = new Map<string, number>();
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly lives: MapLives;

  constructor(say: Reporter, trace: TraceView, lives: MapLives) {
    this.say = say;
    this.trace = trace;
    this.lives = lives;
  }

  handlers() {
    return {
      deregister: () => void (this.leaving = true),
      'map-created': (event: EventOf<'map-created'>) => this.happened(event.map),
      'map-gone': (event: EventOf<'map-gone'>) => this.happened(event.map),
      'operation-ended': (event: EventOf<'operation-ended'>) => this.ended(event),
    };
  }

  private happened(map: string): void {
    this.all += 1;
    this.own.set(map, (this.own.get(map) ?? 0) + 1);
  }

  private ended(event: EventOf<'operation-ended'>): void {
    const { operation } = event;
    const life = this.lives.mapOf(event.op);
    if (!life || event.skipped) return;
    if (operation.op === 'find' && isPlainFind(operation)) return this.found(event, life);
    if (operation.op === 'update' || operation.op === 'delete' || operation.op === 'find') {
      this.happened(life.map);
      this.seen.delete(`${life.map} ${keyName(operation)}`);
    }
  }

  private found(event: EventOf<'operation-ended'>, life: MapLife): void {
    const stored = life.entries.get(keyName(event.operation));
    if (!life.sure || stored === undefined || this.leaving) return;
    if (this.lives.isChanging(life)) return;
    const name = `${life.map} ${keyName(event.operation)}`;
    const others = this.all - (this.own.get(life.map) ?? 0);
    const before = this.seen.get(name);
    const now: Seen = {
      result: event.result,
      out: typeof event.out === 'string' ? event.out : null,
      value: JSON.stringify(stored),
      at: others,
    };
    this.seen.set(name, now);
    if (!before || before.at === others || before.value !== now.value) return;
    this.say.exercised();
    const relation = this.trace.subject.profile.valueRelation;
    const comparable = relation === 'identity' || relation === 'function';
    const changed = before.result !== now.result || (comparable && differs(before.out, now.out));
    if (!changed) return;
    this.say.violated(
      event,
      `what ${life.map} holds under a key is found there whatever happens to other maps`,
      before.result !== now.result
        ? `find answered ${before.result}, and ${now.result} after another map was created, changed or closed`
        : 'find gave another value after another map was created, changed or closed',
    );
  }
}

/** A map takes beside an empty map what it took alone. */
class Company {
  private readonly alone = new Set<string>();
  private readonly say: Reporter;

  constructor(say: Reporter) {
    this.say = say;
  }

  updated({ event, map, question, refused, others }: RepeatedUpdate): void {
    const name = `${map.map} ${question}`;
    if (refused === null) {
      if (others === 0) this.alone.add(name);
      else if (this.alone.has(name)) this.say.exercised();
      return;
    }
    if (others === 0 || !this.alone.has(name)) return;
    this.say.violated(
      event,
      `what ${map.map} took alone it takes beside other maps that hold nothing`,
      `the same update was answered ${refused} while ${others} other map(s) were alive`,
    );
  }
}

/** Who serves so many maps at once may have a limit of its own beyond (CRE-021). */
const ownLimit = 16;

/** A creation that works alone works while other maps live (up to the declared number). */
class Creations {
  private readonly alone = new Set<string>();
  private readonly refused = new Map<number, string>();
  private readonly others = new Map<number, number>();
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly lives: MapLives;

  constructor(say: Reporter, trace: TraceView, lives: MapLives) {
    this.say = say;
    this.trace = trace;
    this.lives = lives;
  }

  started(event: EventOf<'operation-started'>): void {
    if (event.operation.op === 'create') this.others.set(event.op, this.lives.alive().length);
  }

  returned(event: EventOf<'callback-returned'>, op: number): void {
    if (event.callback !== 'preprocess_map_create' || event.result === 'EBPF_SUCCESS') return;
    this.refused.set(op, event.result ?? '');
  }

  ended(event: EventOf<'operation-ended'>): void {
    const { operation } = event;
    if (operation.op !== 'create') return;
    const { map: _, ...how } = operation;
    const name = JSON.stringify(how);
    const others = this.others.get(event.op) ?? 0;
    if (event.result === 'EBPF_SUCCESS') {
      if (others === 0) this.alone.add(name);
      else this.say.exercised();
      return;
    }
    const refused = this.refused.get(event.op);
    const { maxMaps } = this.trace.subject.profile;
    if (others === 0 || others >= ownLimit || refused === undefined || !this.alone.has(name))
      return;
    if (
      this.trace.conditions.fail_allocation !== undefined ||
      (maxMaps !== null && others >= maxMaps)
    )
      return;
    this.say.violated(
      event,
      'several maps can be alive at the same time',
      `the same creation that succeeded alone was answered ${refused} while ${others} other map(s) were alive`,
    );
  }
}

/** A callback that used to come back for a map and does not, once another map was about. */
class Losses {
  private readonly cameBack = new Set<string>();
  private readonly say: Reporter;
  private readonly lives: MapLives;

  constructor(say: Reporter, lives: MapLives) {
    this.say = say;
    this.lives = lives;
  }

  returned(event: EventOf<'callback-returned'>, map: string | undefined): void {
    if (event.callback === 'preprocess_map_create') this.cameBack.add(event.callback);
    else if (map !== undefined) this.cameBack.add(`${map} ${event.callback}`);
  }

  lost(event: EventOf<'lost'>, map: string | undefined): void {
    const { callback } = event;
    const known = callback === 'preprocess_map_create' ? callback : `${map} ${callback}`;
    const others = [...this.lives.lives.values()].filter((life) => life.map !== map);
    const created = this.lives.of(map)?.created.seq ?? Infinity;
    const about = others.some((life) => !life.gone || life.created.seq > created);
    if (!about || !this.cameBack.has(known)) return;
    this.say.lost(
      event,
      `${callback} works as before while other maps are created, changed and closed`,
      'others',
    );
  }
}

/** The provider's own counter follows the entries of all maps when one of them ends. */
class Counts {
  private base: number | null = null;
  private matched = 0;
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly lives: MapLives;

  constructor(say: Reporter, trace: TraceView, lives: MapLives) {
    this.say = say;
    this.trace = trace;
    this.lives = lives;
  }

  balance(event: EventOf<'balance'>): void {
    const { resources } = event.balance;
    if (event.why === 'started') this.base = resources;
    if (event.why !== 'asked' || !this.trace.subject.profile.countsResources || this.lives.meddled)
      return;
    if (this.base === null || resources === null) return;
    const alive = this.lives.alive();
    if ([...this.lives.lives.values()].some((life) => !life.sure)) return;
    const due = alive.reduce((sum, life) => sum + life.entries.size, this.base);
    if (alive.length >= 2 && resources === due) this.matched = alive.length;
    else if (alive.length >= 1 && this.matched > alive.length && resources !== due) {
      this.say.violated(
        event,
        'the end of one map releases its own values and no others',
        `${resources} values are accounted for, where the maps that live hold ${due}`,
      );
    }
  }
}

export const rule: Requirement = {
  id: 'CRE-012',
  asks: 'Several maps live at the same time without touching each other’s contents or lifetimes.',
  passing:
    'Maps of equal and of different sizes were created, filled, read and closed in several ' +
    'orders; lookups in one gave the same before and after the others changed.',
  look: 'Is anything that belongs to one map (sizes, context, list heads) kept in a global or in the binding?',
  applies: when(servesSeveral),
  watch: watchNeighbours,
};
