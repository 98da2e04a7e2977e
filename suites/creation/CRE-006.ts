/**
 * CRE-006, a MUST for the provider.
 * Source: docs/CustomMaps.md#Map Creation (required)
 */
import type {
  CallbackEntered,
  Condition,
  EventOf,
  Requirement,
  SubjectContext,
  TraceView,
  Reporter,
  Watch,
} from '../../harness/index.ts';
import { createsMaps, when } from '../state/applies.ts';
import { ledgerOf } from '../state/block-ledger.ts';
import { FIND, UPDATES, isOrdinary } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import {
  type SetName,
  argumentsOf,
  fewEntriesMax,
  isDeclared,
  standingOf,
  swept,
} from './accepted-sizes.ts';
import { type Sizes, fillings, isNeighbour, neighbouringSizes } from './neighbouring-sizes.ts';
import { create, hasMany } from './creations.ts';

/** Whether the provider is known to refuse some sizes of this set. */
const isRestricted = (subject: SubjectContext, name: SetName): boolean => {
  const set = subject.profile[name];
  return isDeclared(subject, name) || (set.length > 0 && swept.some((size) => !set.includes(size)));
};

/** Whether some sizes are known to be outside what the provider accepts. */
const hasUnsupportedSizes = (subject: SubjectContext): boolean =>
  isRestricted(subject, 'keySizes') ||
  isRestricted(subject, 'valueSizes') ||
  hasNeighbouringSizes(subject);

type Created = EventOf<'map-created'>;

type Refusal = { question: string; event: EventOf<'callback-returned'>; map: Created };

const expected =
  'maps of sizes and entry counts that preprocess_map_create accepts serve as others do';

const textOf = ({ key_size, value_size, max_entries }: Created): string =>
  `key_size ${key_size}, value_size ${value_size}, max_entries ${max_entries}`;

const sizesOf = ({ key_size, value_size }: Created): string => `${key_size} ${value_size}`;

const isMany = (map: Created): boolean => map.max_entries > fewEntriesMax;

/**
 * What a user's operation asks of a map, in the words of the plan; null for what cannot be
 * compared.
 */
const questionOf = (trace: TraceView, call: CallbackEntered): string | null => {
  const operation = trace.operation(call.op)?.operation;
  if (!isOrdinary(call, trace) || (call.flags ?? 0) !== 0) return null;
  if (operation?.op === 'find') return `find ${JSON.stringify(operation.key)}`;
  if (operation?.op !== 'update') return null;
  return `update ${JSON.stringify([operation.key, operation.value])}`;
};

/**
 * A map for many entries is held to one of the same sizes for few; of other sizes, which have other
 * keys and values, lookups are held to those in the first map. Only one map lives at a time, so
 * that no limit on maps or values explains a refusal, and a refusal counts when the other map takes
 * the same again after it.
 */
class Served {
  private readonly say: Reporter;
  private readonly trace: TraceView;
  private readonly living = new Set<string>();
  private first: Created | null = null;
  private readonly taken = new Set<string>();
  private readonly cameBack = new Set<string>();
  private readonly short = new Set<number>();
  private refusals: Refusal[] = [];

  constructor(say: Reporter, trace: TraceView) {
    this.say = say;
    this.trace = trace;
  }

  handlers() {
    return {
      'map-created': (event: Created) => {
        this.living.add(event.map);
        if (!isMany(event)) this.first ??= event;
      },
      'map-gone': (event: EventOf<'map-gone'>) => void this.living.delete(event.map),
      'allocation-failed': (event: EventOf<'allocation-failed'>) => void this.short.add(event.call),
      'callback-returned': (event: EventOf<'callback-returned'>) => this.returned(event),
      misuse: (event: EventOf<'misuse'>) => {
        const map = this.suspectOf(event.call);
        if (map && event.misuse === 'out-of-bounds')
          this.say.violated(event, expected, `${event.detail}, in a map of ${textOf(map)}`);
      },
      lost: (event: EventOf<'lost'>) => {
        const map = this.suspectOf(event.call);
        if (map) this.say.lost(event, `${expected} (${textOf(map)})`);
      },
    };
  }

  /** The map of a call that goes wrong for many entries only. */
  private suspectOf(at: number): Created | null {
    const call = this.trace.call(at);
    const map = this.trace.map(call?.map);
    if (!call || !map || !isMany(map) || this.short.has(at)) return null;
    return this.cameBack.has(call.callback) ? map : null;
  }

  private returned(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    const map = this.trace.map(call?.map);
    const { first } = this;
    if (!call || !map || !first || map.registration !== first.registration) return;
    if (!isMany(map)) this.cameBack.add(call.callback);
    if (this.living.size !== 1 || this.short.has(event.call)) return;
    const isFind = event.callback === FIND[0];
    if (!isFind && event.callback !== UPDATES[0]) return;
    const question = questionOf(this.trace, call);
    if (question === null) return;
    if (isMany(map)) this.compare(`${sizesOf(map)} ${question}`, event, map);
    else {
      if (isFind && sizesOf(map) !== sizesOf(first))
        this.compare(`${sizesOf(first)} ${question}`, event, map);
      this.answered(`${sizesOf(map)} ${question}`, event);
    }
  }

  private compare(question: string, event: EventOf<'callback-returned'>, map: Created): void {
    if (!this.taken.has(question)) return;
    this.say.exercised();
    if (event.result !== 'EBPF_SUCCESS') this.refusals.push({ question, event, map });
  }

  private answered(question: string, event: EventOf<'callback-returned'>): void {
    if (event.result !== 'EBPF_SUCCESS') {
      this.taken.delete(question);
      this.refusals = this.refusals.filter((one) => one.question !== question);
      return;
    }
    this.taken.add(question);
    const due = this.refusals.filter((one) => one.question === question);
    if (due.length === 0) return;
    this.refusals = this.refusals.filter((one) => one.question !== question);
    for (const one of due) {
      const what = one.event.callback === FIND[0] ? 'did not give what it had taken' : 'refused';
      this.say.violated(
        one.event,
        expected,
        `a map of ${textOf(one.map)} was created and then ${what} (${one.event.result}), ` +
          'while one of few entries, or of other sizes, goes through the same without refusal',
      );
    }
  }
}

/** Judges maps of other sizes and counts by what the first map of the trace does. */
const watchServedSizes: Watch = (say, trace) => inOrder(new Served(say, trace).handlers());

const update = 'preprocess_map_update_element';

/**
 * So many values, all taken in maps of one size and none in maps of the other, are no coincidence.
 */
const enough = 4;

type Tally = Sizes & {
  accepted: number;
  /** Values that were refused, by their names in the plan. */
  refused: Set<string>;
  last: EventOf<'callback-returned'>;
};

/** Whether several sizes can be compared by filling maps with them. */
const hasNeighbouringSizes = ({ profile }: SubjectContext): boolean =>
  neighbouringSizes(profile) !== null;

/**
 * Only updates of the one map that lives count, so that no limit on maps or values in use explains
 * a refusal, and judgement waits until the neighbouring size works again after the refusals.
 */
const watchUsableSizes: Watch = (say, trace) => {
  const { profile } = trace.subject;
  const living = new Set<string>();
  const tallies = new Map<string, Tally>();
  const short = new Set<number>();
  /** The value that an ordinary update of a user names; null for any other. */
  const valueOf = (call: CallbackEntered): string | null => {
    const operation = trace.operation(call.op)?.operation;
    if (operation?.op !== 'update' || living.size !== 1 || !isOrdinary(call, trace)) return null;
    if ((call.flags ?? 0) !== 0) return null;
    const { value } = operation;
    const isLiteral = typeof value === 'string' && profile.values === 'generated';
    return typeof value === 'number' || isLiteral ? JSON.stringify(value) : null;
  };
  const count = (
    event: EventOf<'callback-returned'>,
    call: CallbackEntered,
    value: string,
  ): Tally | null => {
    const map = trace.map(call.map);
    if (!map) return null;
    const name = [map.registration, map.key_size, map.value_size].join(' ');
    const sizes = { key: map.key_size, value: map.value_size };
    const tally = tallies.get(name) ?? { ...sizes, accepted: 0, refused: new Set(), last: event };
    tallies.set(name, tally);
    if (event.result === 'EBPF_SUCCESS') tally.accepted += 1;
    else tally.refused.add(value);
    tally.last = event;
    return tally;
  };
  const works = ({ accepted, refused }: Tally): boolean => accepted >= enough && refused.size === 0;
  const isUnusable = (tally: Tally): boolean =>
    tally.accepted === 0 &&
    fillings(profile, tally).every((value) => tally.refused.has(JSON.stringify(value)));
  return {
    'map-created': (event) => void living.add(event.map),
    'map-gone': (event) => void living.delete(event.map),
    'allocation-failed': (event) => void short.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      const value = call && event.callback === update ? valueOf(call) : null;
      if (!call || value === null || short.has(event.call)) return;
      const tally = count(event, call, value);
      if (!tally || tally.accepted === 0) return;
      const near = [...tallies.values()].filter((one) => isNeighbour(profile, one, tally));
      if (near.length > 0) say.exercised();
      if (!works(tally)) return;
      for (const one of near.filter(isUnusable)) {
        say.violated(
          one.last,
          'preprocess_map_create refuses sizes that the provider does not support',
          `key_size ${one.key}, value_size ${one.value} was accepted and then none of ${one.refused.size} ` +
            `valid values was taken (${one.last.result}), while key_size ${tally.key}, value_size ${tally.value} takes each`,
        );
      }
    },
  };
};

/** CRE-006: sizes that the provider does not support are refused. */
const watchUnsupportedSizes: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const short = new Set<number>();
  return inOrder(handlers, watchUsableSizes(say, trace), watchServedSizes(say, trace), {
    'allocation-failed': (event) => void short.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call) return;
      const standing = standingOf(trace.subject, call);
      const refused = event.result !== 'EBPF_SUCCESS';
      if (
        standing === 'unsupported' ||
        standing === 'absurd' ||
        (standing === 'refused' && refused)
      )
        say.exercised();
      if (refused || (standing !== 'unsupported' && standing !== 'absurd')) return;
      say.violated(
        event,
        'preprocess_map_create refuses sizes that the provider does not support',
        `${argumentsOf(call)} was accepted, which is ${
          standing === 'absurd'
            ? 'far beyond every size that the provider was seen to accept'
            : 'outside the declared sizes'
        }`,
      );
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== create || !call || ledger.isHarmed(event.call)) return;
      if (['unsupported', 'absurd', 'refused'].includes(standingOf(trace.subject, call))) {
        say.lost(event, `preprocess_map_create refuses ${argumentsOf(call)}`);
      } else if (hasMany(call) && !short.has(event.call)) {
        say.lost(event, `preprocess_map_create takes or refuses ${argumentsOf(call)}`);
      }
    },
  });
};

const refusesSizes: Condition = {
  holds: hasUnsupportedSizes,
  otherwise: [
    {
      by: 'occasion',
      on: 'accepted',
      why: 'no sizes are declared, and none that were tried was refused or unusable',
    },
  ],
};

export const rule: Requirement = {
  id: 'CRE-006',
  asks: 'Key and value sizes that the provider does not support are refused with a failure code.',
  passing:
    'Creations with sizes outside the declared sets (or, when none are declared, sizes that the ' +
    'probe saw refused and absurd ones) failed without a crash; maps of accepted sizes and entry ' +
    'counts took values and gave them back.',
  look:
    'preprocess_map_create: are both key_size and value_size compared, and compared for equality? ' +
    'Are sizes and max_entries kept, multiplied and added in variables that are wide enough?',
  applies: when(createsMaps, refusesSizes),
  watch: watchUnsupportedSizes,
};
