/**
 * ASSOC-007, a SHOULD for the provider.
 * Source: docs/CustomMaps.md#Associate Program
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { associate, typeName, typeOf } from './program-types.ts';

/** ASSOC-007: the same question gets the same answer. */
const watchSameAnswer: Watch = (say, trace) => {
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

export const rule: Requirement = {
  id: 'ASSOC-007',
  asks: 'The same map and program type get the same answer, whatever the map holds, in any order and repetition.',
  passing: 'Each question was repeated with the map empty, filled and emptied, and answered alike.',
  look: 'preprocess_associate_program_type: does it look at entries, or remember the first program?',
  watch: watchSameAnswer,
};
