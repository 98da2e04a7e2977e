/**
 * CRUD-FIND-008, a MAY for the provider.
 * Source: include/ebpf_extension.h:@retval; xdp ebpfxskmap.c
 */
import type { Requirement, SubjectContext, Watch } from '../../harness/index.ts';
import { declares } from '../state/declares.ts';
import { FIND, isOrdinary } from '../state/element-call.ts';
import { hasFindAndValues } from './conditions.ts';

/** CRUD-FIND-008: refusing lookups is allowed; what is declared to be refused is. */
const watchRefusal: Watch = (say, trace) => {
  const { profile } = trace.subject;
  const declared = isLookupDeclaredRefused(trace.subject) ? profile.userLookup : null;
  let failing = false;
  return {
    'allocation-failed': () => void (failing = true),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || event.callback !== FIND[0]) return;
      if (event.result !== 'EBPF_SUCCESS') say.exercised();
      if (declared === null || failing || !isOrdinary(call, trace) || (call.flags ?? 0) !== 0)
        return;
      if (event.result === declared) return;
      say.violated(
        event,
        `a lookup by a user answers ${declared}, as the profile declares`,
        `${event.callback} answered ${event.result}`,
      );
    },
  };
};

/** Whether the profile declares that users look nothing up. */
const isLookupDeclaredRefused = (subject: SubjectContext): boolean =>
  declares(subject, 'userLookup') && subject.profile.userLookup !== 'supported';

export const rule: Requirement = {
  id: 'CRUD-FIND-008',
  asks: 'A provider may refuse lookups by users.',
  passing:
    'A permission; where the profile declares the refusal (userLookup), every lookup got the declared result.',
  look: 'postprocess_map_find_element, and userLookup of the profile: they disagree.',
  isMustFor: isLookupDeclaredRefused,
  applies: hasFindAndValues,
  watch: watchRefusal,
};
