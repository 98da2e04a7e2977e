/**
 * CRUD-UPD-012, a SHOULD for the provider.
 * Source: docs/CustomMaps.md#Example: Object Map insert flow step 3
 */
import { sentenceOfLoss } from '../../harness/check/judge.ts';
import type {
  Condition,
  EventOf,
  Requirement,
  SubjectContext,
  TraceView,
  Reporter,
  Watch,
} from '../../harness/index.ts';
import { createsMaps, hasUpdate, hasValues, when } from '../state/applies.ts';
import { declares } from '../state/declares.ts';
import { UPDATES, isHostile } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';

const expected = 'values that cannot be accepted are refused with a failure code';

const isUpdate = (callback: string): boolean => callback === UPDATES[0];

/** Values of the profile that are known to be invalid. */
const watchKnown: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const call = trace.call(event.call);
    const operation = call && trace.operation(call.op)?.operation;
    if (!call || !isUpdate(event.callback) || operation?.op !== 'update') return;
    const { value } = operation;
    if (typeof value !== 'object' || value === null || !('invalid' in value)) return;
    say.exercised();
    if (event.result === 'EBPF_SUCCESS')
      say.violated(event, expected, `invalid value ${value.invalid} of the profile was accepted`);
  },
});

/**
 * Handles in values, as the provider's own look-ups tell them: an update without one that succeeds
 * stores nothing.
 */
class Handles {
  private readonly say: Reporter;
  private readonly trace: TraceView;
  /** Look-ups of a call: how many found an object, how many did not. */
  private readonly lookUps = new Map<number, { found: number; vain: number }>();
  /** Values in which a handle was found, with the process that it belongs to. */
  private readonly known = new Map<string, number>();
  private isClosed = false;

  constructor(say: Reporter, trace: TraceView) {
    this.say = say;
    this.trace = trace;
  }

  readonly handlers = {
    'object-referenced': (event: EventOf<'object-referenced'>): void => {
      const sums = this.lookUps.get(event.call) ?? { found: 0, vain: 0 };
      this.lookUps.set(event.call, sums);
      sums[event.object === null ? 'vain' : 'found'] += 1;
    },
    'operation-ended': (event: EventOf<'operation-ended'>): void => {
      if (event.operation.op === 'close_handles') this.isClosed = true;
    },
    'callback-returned': (event: EventOf<'callback-returned'>): void => {
      if (isUpdate(event.callback)) this.updated(event);
    },
  };

  private updated(event: EventOf<'callback-returned'>): void {
    const call = this.trace.call(event.call);
    if (!call) return;
    const value = call.value ?? '';
    const owner = this.known.get(value);
    const { found, vain } = this.lookUps.get(event.call) ?? { found: 0, vain: 0 };
    const isStale = owner !== undefined && (this.isClosed || owner !== call.process);
    if (vain === 0 && !isStale) {
      if (found > 0) this.known.set(value, call.process);
      return;
    }
    this.say.exercised();
    if (event.result !== 'EBPF_SUCCESS' || found > 0) return;
    const what =
      owner === undefined
        ? 'a value was stored although its handle had been looked up in vain'
        : `a handle was accepted that ${owner === call.process ? 'had been closed' : 'belongs to another process'}`;
    this.say.violated(event, expected, what);
  }
}

/**
 * Where the profile declares that updates are refused, every one by a user gets the declared
 * result.
 */
const watchDeclared: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const { userUpdate } = trace.subject.profile;
    const call = trace.call(event.call);
    if (userUpdate === null || !call || call.direct || !isUpdate(event.callback)) return;
    if ((call.flags ?? 0) !== 0) return;
    say.exercised();
    if (event.result === userUpdate) return;
    say.violated(
      event,
      `an update by a user answers ${userUpdate}, as the profile declares`,
      `${event.callback} answered ${event.result}`,
    );
  },
});

/**
 * Where the profile declares that a value cannot be stored twice, one that is held elsewhere is
 * refused.
 */
const watchTwins: Watch = (say, trace) => {
  const { book, handlers } = valueLedger(trace);
  const twins = new Set<number>();
  const isDeclared =
    trace.subject.profile.duplicatesAllowed === false &&
    declares(trace.subject, 'duplicatesAllowed');
  return inOrder(handlers, {
    'callback-entered': (event) => {
      if (!isDeclared || !isUpdate(event.callback) || isHostile(event, trace)) return;
      if (book.isHeldElsewhere(event)) twins.add(event.call);
    },
    'callback-returned': (event) => {
      if (!twins.has(event.call)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') return;
      const saw = 'a value was accepted that is held under another key';
      say.violated(event, 'a value is refused while it is held, as the profile declares', saw);
    },
  });
};

/**
 * What a rule recommends stays a recommendation where a declaration makes an obligation of another
 * part of it.
 */
const softly = (say: Reporter): Reporter => ({
  exercised: (times) => say.exercised(times),
  violated: (at, what, saw) => say.warned(at, what, saw),
  warned: (at, what, saw) => say.warned(at, what, saw),
  lost: (at, what, grounds) => say.lost(at, what, grounds),
});

/**
 * CRUD-UPD-012. A loss in a plan of values that no provider asked for is theirs, whoever else it
 * concerns.
 */
const watchInvalidValues: Watch = (say, trace) => {
  const advise = trace.subject.profile.userUpdate === null ? softly(say) : say;
  return inOrder(
    watchTwins(say, trace),
    watchDeclared(say, trace),
    watchKnown(advise, trace),
    new Handles(advise, trace).handlers,
    {
      lost: (event) => {
        if (trace.probes.includes('CRUD-UPD-012'))
          advise.violated(event, expected, `with values of any bytes, ${sentenceOfLoss(event)}`);
      },
    },
  );
};

/** A refusal that a declaration promises, and that excuses obligations. */
const promisesRefusals = (subject: SubjectContext): boolean =>
  subject.profile.userUpdate !== null ||
  (subject.profile.duplicatesAllowed === false && declares(subject, 'duplicatesAllowed'));

const knowsInvalidValues: Condition = {
  holds: (subject) => promisesRefusals(subject) || subject.profile.invalidValues.length > 0,
  otherwise: [
    {
      by: 'occasion',
      on: 'invalidValues',
      why: 'no value is declared to be invalid, and none of those that were tried was refused',
    },
  ],
};

/** Where updates are declared to be refused, any value will do. */
const hasValuesOrNeedsNone: Condition = {
  holds: (subject) => subject.profile.userUpdate !== null || hasValues.holds(subject),
  otherwise: hasValues.otherwise,
};

export const rule: Requirement = {
  id: 'CRUD-UPD-012',
  asks: 'Values that the provider cannot accept are refused with a failure code.',
  passing:
    'Every invalid value that is known was refused; so was every value, or one that is held, where the profile ' +
    'declares that (userUpdate, duplicatesAllowed).',
  look: 'preprocess_map_update_element: is the value (a handle, an index) checked before it is stored?',
  applies: when(hasUpdate, createsMaps, hasValuesOrNeedsNone, knowsInvalidValues),
  isMustFor: promisesRefusals,
  watch: watchInvalidValues,
};
