/**
 * What lookups of a stored value show over time: which answers are right, and what happened to the
 * key since a value was stored. A wrong answer becomes a suspicion with the acts that may have
 * caused it.
 */
import type { CallbackEntered, EventOf, Handlers, TraceView } from '../../harness/index.ts';
import { FIND, isOrdinary } from './element-call.ts';
import { onePerTrace, inOrder } from './in-order.ts';
import type { HeldValue, Suspicion, Tag } from './held-value.ts';
import { valueLedger, type ValueLedger } from './value-ledger.ts';

type Entered = CallbackEntered & { seq: number };

export class ValueHistory {
  readonly handlers: Handlers;
  readonly suspicions: Suspicion[] = [];
  private readonly trace: TraceView;
  private readonly ledger: ValueLedger;
  /** What a lookup must show, by update call, where the profile has a function for it. */
  private readonly expected = new Map<number, string>();
  /** Answers of the last good lookup, by map and stored representation. */
  private readonly shown = new Map<string, string>();
  /** What deletes of other values did since, by map and key. */
  private readonly since = new Map<string, Set<Tag>>();
  private failing = false;
  /** Some lookup showed what it must: a provider that never does so is wrong in find alone. */
  private everGood = false;

  constructor(trace: TraceView) {
    this.trace = trace;
    const { book, handlers } = valueLedger(trace);
    this.ledger = book;
    this.handlers = inOrder(handlers, {
      'allocation-failed': () => void (this.failing = true),
      'callback-returned': (event) => {
        this.deleted(event);
        this.after(event);
      },
    });
  }

  /** Answers that a lookup of this representation may give; empty when nobody can say. */
  due(call: Entered): string[] {
    const { valueRelation, updatesOriginalValue } = this.trace.subject.profile;
    // Without a transformation find is handed no buffer: there is nothing to compare.
    if (!updatesOriginalValue) return [];
    return this.ledger
      .meantBy(call)
      .map((value) => (valueRelation === 'identity' ? value.given : this.expected.get(value.call)))
      .filter((one) => one !== undefined);
  }

  private deleted(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    const deletion = this.ledger.deletions.get(event.call);
    if (!call || !deletion) return;
    const kept = event.result !== null && event.result !== 'EBPF_SUCCESS';
    const tags = kept
      ? (['rejected-delete'] as const)
      : [...deletion.tags].filter((tag) => tag !== 'delete');
    this.note(call, deletion.value, tags);
  }

  private note(call: Entered, value: HeldValue, tags: readonly Tag[]): void {
    const name = `${call.map} ${call.key ?? ''}`;
    const known = this.since.get(name) ?? new Set<Tag>();
    for (const tag of [...tags, 'by-key' as const]) known.add(tag);
    this.since.set(name, known);
    if (!value.duplicate) return;
    const twins = `twins ${value.given}`;
    this.since.set(twins, new Set<Tag>(['duplicate']));
  }

  private after(event: EventOf<'callback-returned'>): void {
    if (event.expected !== undefined) this.expected.set(event.call, event.expected);
    const call = this.trace.call(event.call);
    if (!call) return;
    if (event.callback !== FIND[0] || this.failing || !isOrdinary(call, this.trace)) return;
    const value = this.ledger.valueOf(call);
    if (!value || value.fate !== 'held') return;
    this.looked(event, call, value);
  }

  private looked(event: EventOf<'callback-returned'>, call: Entered, value: HeldValue): void {
    const name = `${call.map} ${call.value}`;
    const { profile } = this.trace.subject;
    if (profile.userLookup !== 'supported') return;
    const good = this.due(call);
    const earlier = this.shown.get(name);
    const saw =
      event.result !== 'EBPF_SUCCESS'
        ? earlier !== undefined
          ? `a lookup of a value that is still stored answered ${event.result}, before it had succeeded`
          : null
        : good.length && !good.includes(event.out ?? '')
          ? 'a lookup of a value that is still stored showed another value'
          : null;
    if (saw === null) {
      if (event.result !== 'EBPF_SUCCESS') return;
      this.shown.set(name, event.out ?? '');
      this.since.delete(`${call.map} ${call.key ?? ''}`);
      this.everGood = true;
      return;
    }
    const causes = new Set<Tag>(this.since.get(`${call.map} ${call.key ?? ''}`) ?? []);
    if (value.duplicate && this.since.has(`twins ${value.given}`)) causes.add('duplicate');
    if (causes.size && this.everGood)
      this.suspicions.push({ tags: causes, seq: event.seq, call: call.call, saw });
  }
}

/** The history of a trace's values, one for all monitors. */
export const valueHistory = onePerTrace((trace) => new ValueHistory(trace));
