/** Monitors of program association, one per rule: which program types a map says yes to. */
import type { CallbackEntered, SubjectContext, Watch } from '../../harness/index.ts';
import { guids } from '../../harness/index.ts';
import { livesOf } from '../map-lives.ts';
import { together } from '../together.ts';

export const associate = 'preprocess_associate_program_type';

/** The program type that a call asks about; null for other calls. */
export const typeOf = (call: CallbackEntered | undefined): string | null =>
  call?.callback === associate ? (call.program_type ?? '').toLowerCase() : null;

const accepted = ({ profile }: SubjectContext): readonly string[] =>
  profile.programTypes?.accept ?? [];
const isDeclared = ({ profile }: SubjectContext): boolean =>
  profile.source['programTypes'] === 'declared';

/** Whether nothing but the accepted types is welcome: declared without a list of those that are not. */
const isClosed = (subject: SubjectContext): boolean =>
  isDeclared(subject) && (subject.profile.programTypes?.reject.length ?? 0) === 0;

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

/** Types that were accepted before the module was stopped stay compatible when it is started again. */
const watchRestarted: Watch = (say, trace) => {
  let starts = 0;
  const before = new Set<string>();
  return {
    'callback-entered': (event) => void (event.callback === 'start' && (starts += 1)),
    'callback-returned': (event) => {
      const type = typeOf(trace.call(event.call));
      if (type === null) return;
      if (event.result === 'EBPF_SUCCESS') {
        if (starts === 1) before.add(type);
        return;
      }
      if (starts < 2 || !before.has(type)) return;
      say.violated(
        event,
        'EBPF_SUCCESS for a program type that was accepted before the provider was stopped and started again',
        `${associate} answered ${event.result} to ${typeName(type)} after the restart`,
      );
    },
  };
};

/** ASSOC-002: compatible program types are accepted. */
export const watchAccepts: Watch = (say, trace) =>
  together(watchRestarted(say, trace), {
    'callback-returned': (event) => {
      const type = typeOf(trace.call(event.call));
      if (type === null || !accepted(trace.subject).includes(type)) return;
      say.exercised();
      if (event.result === 'EBPF_SUCCESS') return;
      say.violated(
        event,
        `EBPF_SUCCESS for a program type that the provider ` +
          `${isDeclared(trace.subject) ? 'declares to accept' : 'accepted when it was probed'}`,
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
  if (isClosed(subject)) return 'is outside the declared set';
  if (!programTypes.reject.includes(type)) return null;
  return isDeclared(subject)
    ? 'is declared to be refused'
    : 'was refused when the provider was probed';
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
  let refusesUnknown = isClosed(trace.subject);
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
