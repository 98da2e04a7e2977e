/**
 * ASSOC-004, a MUST for the provider.
 * Source: include/ebpf_extension.h:ebpf_program_type_t
 */
import { type Condition, type Requirement, type Watch, guids } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import { declares } from '../state/declares.ts';
import { accepted, associate, isClosed, isNearMiss, typeName, typeOf } from './program-types.ts';
import { acceptsSome, isRestricted, platform } from './conditions.ts';

/** ASSOC-004: all sixteen bytes count. */
const watchWholeGuid: Watch = (say, trace) => {
  // A provider that refuses a few types only may accept a near miss: it must refuse what nobody
  // knows.
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

/**
 * Declared with a list of refused types, the set is open but for those; probed, it is what was
 * seen.
 */
const refusesTheRest: Condition = {
  holds: (subject) => {
    const { programTypes } = subject.profile;
    if (!programTypes || programTypes.reject.length === 0) return true;
    return (
      !declares(subject, 'programTypes') &&
      !programTypes.reject.every((type) => platform.includes(type))
    );
  },
  otherwise: [
    {
      by: 'declared',
      on: 'programTypes',
      why: 'the profile declares which program types are refused, so that others may be accepted',
    },
    {
      by: 'probed',
      on: 'programTypes',
      why:
        'some program types were refused and types that nobody knows were not, and nothing says that this is ' +
        'meant: declare `programTypes` with those that the map refuses',
    },
  ],
};

const hasAccepted: Condition = {
  holds: ({ profile }) => profile.programTypes === null || profile.programTypes.accept.length > 0,
  otherwise: acceptsSome.otherwise,
};

export const rule: Requirement = {
  id: 'ASSOC-004',
  asks: 'All 16 bytes of the program type are compared.',
  passing: 'An accepted type with one bit changed, in each of its bytes, was refused.',
  look: 'preprocess_associate_program_type: compare whole GUIDs, not Data1.',
  applies: when(isRestricted, refusesTheRest, hasAccepted),
  watch: watchWholeGuid,
};
