/** Monitors of program association, one per rule: which program types a map says yes to. */
import type {
  CallbackEntered,
  EventOf,
  SubjectContext,
  TraceView,
  Watch,
} from '../../harness/index.ts';
import { guids } from '../../harness/index.ts';
import { amount, byMaker } from '../block-ledger.ts';
import { livesOf } from '../map-lives.ts';
import { together } from '../together.ts';

const associate = 'preprocess_associate_program_type';

const typeOf = (call: CallbackEntered | undefined): string | null =>
  call?.callback === associate ? (call.program_type ?? '').toLowerCase() : null;

const accepted = ({ profile }: SubjectContext): readonly string[] =>
  profile.programTypes?.accept ?? [];
const isDeclared = ({ profile }: SubjectContext): boolean =>
  profile.source['programTypes'] === 'declared';

/** Program types by name where the platform has one. */
export const typeName = (guid: string): string =>
  Object.entries(guids.PROGRAM_TYPES).find(([, known]) => known === guid)?.[0] ?? guid;

/** ASSOC-001 (runtime): the provider is asked first, and its refusal is the answer. */
export const watchAsked: Watch = (say, trace) => {
  const answers = new Map<number, (string | null)[]>();
  const { book: lives, handlers } = livesOf(trace);
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== associate || !call || call.direct) return;
      answers.set(call.op, [...(answers.get(call.op) ?? []), event.result]);
      const operation = trace.operation(call.op)?.operation;
      if (operation?.op !== 'associate' || typeOf(call) === operation.program_type.toLowerCase())
        return;
      say.violated(
        event,
        `${associate} is given the program’s type ${operation.program_type}`,
        `it was given ${call.program_type}`,
      );
    },
    'operation-ended': (event) => {
      if (event.operation.op !== 'associate' || event.skipped || !lives.mapOf(event.op)) return;
      const [answer, ...more] = answers.get(event.op) ?? [];
      say.exercised();
      if (answer === undefined || more.length > 0) {
        say.violated(
          event,
          `${associate} is called once before a map is associated`,
          `${answers.get(event.op)?.length ?? 0} calls`,
        );
      } else if (answer !== event.result) {
        say.violated(
          event,
          `the association answers what the provider answered, ${answer}`,
          `${event.result}`,
        );
      }
    },
  });
};

/** ASSOC-002: compatible program types are accepted. */
export const watchAccepts: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const type = typeOf(trace.call(event.call));
    if (type === null || !accepted(trace.subject).includes(type)) return;
    say.exercised();
    if (event.result === 'EBPF_SUCCESS') return;
    say.violated(
      event,
      `EBPF_SUCCESS for a program type that the provider ${isDeclared(trace.subject) ? 'declares to accept' : 'accepted when it was probed'}`,
      `${associate} answered ${event.result} to ${typeName(type)}`,
    );
  },
  lost: (event) => {
    if (event.callback === associate) say.lost(event, `${associate} answers and returns`);
  },
});

/** Why a type must be refused; null when nothing is known against it. */
const refusal = (type: string, subject: SubjectContext): string | null => {
  const { programTypes } = subject.profile;
  if (!programTypes?.restricted || programTypes.accept.includes(type)) return null;
  if (isDeclared(subject)) return 'is outside the declared set';
  return programTypes.reject.includes(type) ? 'was refused when the provider was probed' : null;
};

/** ASSOC-003: incompatible program types are refused. */
export const watchRefuses: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    const type = typeOf(trace.call(event.call));
    const why = type === null ? null : refusal(type, trace.subject);
    if (type === null || why === null || isNearMiss(type, accepted(trace.subject))) return;
    say.exercised();
    if (event.result !== 'EBPF_SUCCESS') return;
    say.violated(
      event,
      'a failure for an incompatible program type',
      `${associate} accepted ${typeName(type)}, which ${why}`,
    );
  },
});

/** Whether the type differs from an accepted one in a single bit. */
const isNearMiss = (type: string, types: readonly string[]): boolean => {
  if (!guids.isGuid(type)) return false;
  const bytes = guids.guidToBytes(type);
  return types.some((other) => {
    if (!guids.isGuid(other)) return false;
    let bits = 0;
    guids.guidToBytes(other).forEach((byte, i) => {
      for (let rest = byte ^ bytes[i]!; rest > 0; rest &= rest - 1) bits += 1;
    });
    return bits === 1;
  });
};

/** ASSOC-004: all sixteen bytes count. */
export const watchWholeGuid: Watch = (say, trace) => {
  // A provider that refuses a few types only may accept a near miss: it must refuse what nobody knows.
  let refusesUnknown = isDeclared(trace.subject);
  const known = Object.values(guids.PROGRAM_TYPES) as readonly string[];
  return {
    'callback-returned': (event) => {
      const type = typeOf(trace.call(event.call));
      const types = accepted(trace.subject);
      if (type === null || types.includes(type)) return;
      if (!isNearMiss(type, types)) {
        if (event.result !== 'EBPF_SUCCESS' && !known.includes(type)) refusesUnknown = true;
        return;
      }
      if (event.result !== 'EBPF_SUCCESS') {
        say.exercised();
        return;
      }
      if (!refusesUnknown || known.includes(type)) return;
      say.violated(
        event,
        'a program type that differs in one bit from an accepted one is refused',
        `${associate} accepted ${type}, one bit away from ${types
          .filter((one) => isNearMiss(type, [one]))
          .map(typeName)
          .join(' and ')}`,
      );
    },
  };
};

/** ASSOC-005: the program_type pointer is not kept, nor written through. */
export const watchTypePointer: Watch = (say) => ({
  'callback-returned': (event) => {
    if (event.callback === associate) say.exercised();
    for (const harm of event.damage) {
      if (harm.buffer !== 'program_type') continue;
      say.violated(
        event,
        'program_type is read during the call and left alone afterwards',
        harm.what === 'kept'
          ? `it was ${harm.how} after ${associate} had returned`
          : `it was ${harm.what}`,
      );
    }
  },
});

/** Associations of maps that are gone may have left this much in a cache. */
const cachedAssociationsMax = 16;
/** A plan with this many was made for ASSOC-006. */
const manyAssociations = 100;

/** ASSOC-006: associations leave nothing behind, as nothing ever undoes them. */
export const watchNothingKept: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  let succeeded = 0;
  let base: number | null = null;
  const owned = (event: EventOf<'balance'>, gone: boolean) =>
    [...byMaker(event.balance)].filter(([call]) => {
      const made = trace.call(call);
      return made?.callback === associate && (!gone || lives.of(made.map)?.gone === true);
    });
  const expected = (count: number): string =>
    `nothing is left of ${count} association(s) when the map is gone`;
  return together(handlers, {
    'callback-returned': (event) => {
      if (event.callback === associate && event.result === 'EBPF_SUCCESS') succeeded += 1;
    },
    balance: (event) => {
      if (event.why === 'started') base = event.balance.resources;
      if (event.why === 'started' || succeeded === 0) return;
      const unloaded = event.why === 'unloaded';
      if (unloaded) say.exercised(succeeded);
      // Several references to one object look alike: while maps live nobody can say whose is left.
      if (!unloaded && lives.alive().length > 0) return;
      const left = owned(event, !unloaded);
      const objects = left.reduce((sum, [, { objects: held }]) => sum + held, 0);
      if (
        left.length > 0 &&
        (unloaded || left.length > cachedAssociationsMax || objects > cachedAssociationsMax)
      ) {
        const [first] = left;
        say.violated(
          event,
          expected(succeeded),
          `${amount(first![1])} of one association still there${left.length > 1 ? `, and so on for ${left.length}` : ''}`,
        );
      }
      const { resources } = event.balance;
      const plain =
        [...lives.lives.values()].every((life) => life.gone && !life.inserted) && !lives.meddled;
      if (
        unloaded ||
        !plain ||
        !trace.subject.profile.countsResources ||
        base === null ||
        resources === null
      )
        return;
      if (resources !== base)
        say.violated(
          event,
          expected(succeeded),
          `the provider accounts for ${resources} values, ${base} before`,
        );
    },
    lost: (event) => {
      const isStop = event.callback === 'stop' && event.how === 'hang';
      if (isStop && succeeded >= manyAssociations)
        say.lost(event, 'stop is not held up by associations that took place');
    },
  });
};

/** ASSOC-007: the same question gets the same answer. */
export const watchSameAnswer: Watch = (say, trace) => {
  const answers = new Map<string, string | null>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      const type = typeOf(call);
      if (type === null || trace.conditions.fail_allocation !== undefined) return;
      const question = `${call?.map} ${type}`;
      const before = answers.get(question);
      if (before === undefined) {
        answers.set(question, event.result);
        return;
      }
      say.exercised();
      if (before === event.result) return;
      say.violated(
        event,
        'the same answer for the same map and program type, whatever the map holds and however often it is asked',
        `${associate} answered ${before} and later ${event.result} to ${typeName(type)}`,
      );
    },
  };
};

/** ASSOC-008: what a map holds is the same before and after an association. */
export const watchEntriesKept: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const makers = new Map<string, number>();
  const holders = new Map<string, number[]>();
  const entries = new Map<string, { result: string; out: string | null; associated: boolean }>();
  let counted: number | null = null;
  let open = 0;
  const expected = 'an association leaves the entries of the map and what they own alone';
  const isElement = (call: number | undefined): boolean =>
    call !== undefined && trace.call(call)?.callback === 'preprocess_map_update_element';
  const finds = (event: EventOf<'operation-ended'>): void => {
    const { operation } = event;
    const life = lives.mapOf(event.op);
    if (operation.op !== 'find' || !life?.sure) return;
    const name = `${life.map} ${JSON.stringify(operation)}`;
    if (lives.isChanging(life)) {
      entries.delete(name);
      return;
    }
    const now = {
      result: event.result,
      out: typeof event.out === 'string' ? event.out : null,
      associated: false,
    };
    const before = entries.get(name);
    entries.set(name, now);
    if (!before?.associated || operation.delete) return;
    say.exercised();
    const differs = before.result !== now.result || (isStable(trace) && before.out !== now.out);
    if (differs)
      say.violated(
        event,
        expected,
        `find answered ${before.result} before it and ${now.result} after it${before.result === now.result ? ', with another value' : ''}`,
      );
  };
  return together(handlers, {
    allocated: (event) => void makers.set(event.block, event.call),
    freed: (event) => {
      if (trace.call(event.call)?.callback !== associate || !isElement(makers.get(event.block)))
        return;
      say.violated(event, expected, `memory of an entry was freed in ${associate}`);
    },
    'object-referenced': (event) => {
      if (event.object !== null)
        holders.set(event.object, [...(holders.get(event.object) ?? []), event.call]);
    },
    'object-dereferenced': (event) => {
      const held = holders.get(event.object ?? '') ?? [];
      const own = held.findIndex((call) => trace.call(call)?.callback === associate);
      if (trace.call(event.call)?.callback === associate && own < 0 && held.some(isElement)) {
        say.violated(
          event,
          expected,
          `a reference that an entry holds was dropped in ${associate}`,
        );
      }
      held.splice(Math.max(own, 0), 1);
    },
    'operation-started': () => void (open += 1),
    'operation-ended': (event) => {
      const { operation } = event;
      const before = counted;
      open -= 1;
      // While other operations or the end of a map are under way the count is anybody’s.
      const still = event.settled === true && open === 0 && !lives.isEnding();
      counted = still ? (event.resources ?? null) : null;
      if (event.skipped) return;
      const life = lives.mapOf(event.op);
      if (operation.op === 'associate' && life) {
        if (
          before !== null &&
          counted !== null &&
          before !== counted &&
          trace.subject.profile.countsResources
        ) {
          say.violated(
            event,
            expected,
            `the provider accounts for ${counted} values after it, ${before} before`,
          );
        }
        if (life.entries.size > 0) say.exercised();
        for (const [name, entry] of entries)
          if (name.startsWith(`${life.map} `)) entry.associated = true;
      } else if (operation.op === 'find' && !operation.delete) finds(event);
      else if (life)
        for (const name of [...entries.keys()])
          if (name.startsWith(`${life.map} `)) entries.delete(name);
    },
  });
};

/** Whether the same stored value is looked up as the same bytes, over and over. */
const isStable = ({ subject: { profile } }: TraceView): boolean =>
  profile.valueRelation === 'identity' || profile.valueRelation === 'function';
