/**
 * ASSOC-003, a MUST for the provider.
 * Source: docs/CustomMaps.md#Associate Program; include/ebpf_extension.h:
 */
import type { Requirement, SubjectContext, Watch } from '../../harness/index.ts';
import { when } from '../state/applies.ts';
import {
  accepted,
  associate,
  isClosed,
  isDeclared,
  isNearMiss,
  typeName,
  typeOf,
} from './program-types.ts';
import { isRestricted } from './conditions.ts';

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
const watchRefuses: Watch = (say, trace) => ({
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

export const rule: Requirement = {
  id: 'ASSOC-003',
  asks: 'Incompatible program types get a failure.',
  passing:
    'The platform’s types and one that nobody knows were refused where they are outside the accepted set.',
  look: 'preprocess_associate_program_type: does it end in a refusal?',
  applies: when(isRestricted),
  watch: watchRefuses,
};
