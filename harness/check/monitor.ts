/**
 * Monitors: pure automata over a trace. `watch` is called once per trace and returns handlers by
 * event kind; the state lives in its closure, so the same trace always gives the same findings.
 */
import type { Circumstance } from '../trace/cause.ts';
import type { CallbackEntered, EventKind, EventOf, TraceEvent } from '../trace/event.ts';
import type { Conditions, Operation } from '../trace/plan.ts';
import type { SubjectContext } from './subject.ts';

/**
 * One violation in one trace.
 * @example const told = ({ expected, saw }: Violation): string => `${expected}; saw: ${saw}`;
 */
export type Violation = {
  /** `warned`: capped at warn, whatever the level (a condition of the rule says so). */
  kind: 'violated' | 'crash' | 'hang' | 'warned';
  /** Event at which it became visible. */
  seq: number;
  /**
   * What the contract asks at this point, and what was seen instead: plain sentences, no addresses.
   */
  expected: string;
  saw: string;
};

/**
 * What is known of a loss beyond when it was (`compared`: the same call came back elsewhere in the
 * trace), or the circumstance that the rule is about, which may be known.
 */
export type Grounds = 'damage' | 'cause' | 'compared' | Circumstance;

/**
 * What a monitor may say.
 * @example
 * const judge = (say: Reporter, at: { seq: number }, isRight: boolean): void =>
 *   isRight ? say.exercised() : say.violated(at, 'a result', 'none');
 */
export type Reporter = {
  /** The rule was put to the test (once per call). */
  exercised: (times?: number) => void;
  /** The rule was broken at this event. */
  violated: (at: { seq: number }, expected: string, saw: string) => void;
  /** As violated, but the rule's condition caps the verdict at warn. */
  warned: (at: { seq: number }, expected: string, saw: string) => void;
  /**
   * The loss (crash or hang) of the subject at this event is this rule's. Claims on grounds of
   * `damage`, what the call did to its buffers, and of its `cause`, without which it returns, outdo
   * those of circumstances. A rule that names its circumstance has grounds where that is the cause,
   * and no claim where the subject was lost without it as well.
   */
  lost: (at: EventOf<'lost'>, expected: string, grounds?: Grounds) => void;
};

/**
 * Look-ups every monitor needs; filled by the judge before the handlers of an event run.
 * @example const mapOf = (trace: TraceView, call: number) => trace.map(trace.call(call)?.map);
 */
export type TraceView = {
  subject: SubjectContext;
  conditions: Conditions;
  /** Name and probes of the plan. */
  plan: string;
  probes: readonly string[];
  /** A call by its number; undefined before it was entered. */
  call: (call: number) => (CallbackEntered & { seq: number }) | undefined;
  /** The operation with this number. */
  operation: (op: number) => { operation: Operation; caller: string; process: number } | undefined;
  /**
   * An allocation has failed in this run: what is refused from then on may be for want of memory.
   */
  isShort: boolean;
  /** The facts of a map instance by label. */
  map: (map: string | undefined) => EventOf<'map-created'> | undefined;
};

/**
 * What a monitor hears of, by kind of event.
 * @example const table: HandlerTable = { misuse: ({ misuse }) => console.log(misuse) };
 */
export type HandlerTable = { [K in EventKind]?: (event: EventOf<K>) => void } & {
  /** After the last event of a whole trace. */
  end?: (last: TraceEvent) => void;
};

/**
 * Handlers, or several sets of them: each event goes to all in the order given.
 * @example const both = (one: Handlers, other: HandlerTable): Handlers => [one, other] as Handlers;
 */
export type Handlers = HandlerTable | readonly Handlers[];

/**
 * A monitor: asked once a trace, it answers what it wants to hear of.
 * @example
 * const watch: Watch = (say) => ({
 *   lost: (event) => say.lost(event, 'the callback returns'),
 * });
 */
export type Watch = (say: Reporter, trace: TraceView) => Handlers;

/**
 * What one trace said about one rule.
 * @example const isBroken = ({ violations }: Finding): boolean => violations.length > 0;
 */
export type Finding = {
  id: string;
  exercised: number;
  violations: Violation[];
  /** Violations that were seen and are not kept. */
  more?: number;
};
