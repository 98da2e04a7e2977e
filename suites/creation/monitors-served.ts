/** CRE-006 by use: maps of sizes and entry counts that were accepted serve as the first map did. */
import type { CallbackEntered, EventOf, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { FIND, isOrdinary, UPDATES } from '../element-call.ts';
import { together } from '../together.ts';
import { fewEntriesMax } from './accepted-sizes.ts';

type Created = EventOf<'map-created'>;
type Refusal = { question: string; event: EventOf<'callback-returned'>; map: Created };

const expected =
  'maps of sizes and entry counts that preprocess_map_create accepts serve as others do';

const textOf = ({ key_size, value_size, max_entries }: Created): string =>
  `key_size ${key_size}, value_size ${value_size}, max_entries ${max_entries}`;

const sizesOf = ({ key_size, value_size }: Created): string => `${key_size} ${value_size}`;

const isMany = (map: Created): boolean => map.max_entries > fewEntriesMax;

/** What a user's operation asks of a map, in the words of the plan; null for what cannot be compared. */
const questionOf = (trace: TraceView, call: CallbackEntered): string | null => {
  const operation = trace.operation(call.op)?.operation;
  if (!isOrdinary(call, trace) || (call.flags ?? 0) !== 0) return null;
  if (operation?.op === 'find') return `find ${JSON.stringify(operation.key)}`;
  if (operation?.op !== 'update') return null;
  return `update ${JSON.stringify([operation.key, operation.value])}`;
};

/**
 * A map for many entries is held to one of the same sizes for few; of other sizes, which have other keys and
 * values, lookups are held to those in the first map. Only one map lives at a time, so that no limit on
 * maps or values explains a refusal, and a refusal counts when the other map takes the same again after it.
 */
class Served {
  private readonly say: Verdicts;
  private readonly trace: TraceView;
  private readonly living = new Set<string>();
  private first: Created | null = null;
  private readonly taken = new Set<string>();
  private readonly cameBack = new Set<string>();
  private readonly short = new Set<number>();
  private refusals: Refusal[] = [];

  constructor(say: Verdicts, trace: TraceView) {
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
export const watchServedSizes: Watch = (say, trace) => together(new Served(say, trace).handlers());
