/**
 * CRUD-UPD-015, a MUST for the runtime.
 * Source: include/ebpf_extension.h:@note 1; PR #5069
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { DELETES, UPDATES } from '../state/element-call.ts';
import { returnsOf } from '../state/returns.ts';
import { updatesAndDeletes } from './conditions.ts';

/** CRUD-UPD-015: a base map that refuses is told to the provider once, with the would-be value. */
const watchRollback: Watch = (say, trace) => {
  const returns = returnsOf(trace);
  return returns.with(
    eachKeyOperation((done, event, voice) => {
      if (done.operation.op !== 'update' || event.result === 'EBPF_SUCCESS') return;
      const call = callsTo(done, trace, UPDATES)[0];
      const answer = call && returns.book.of(call.call);
      if (!call || answer?.result !== 'EBPF_SUCCESS') return;
      voice.exercised();
      const deletes = callsTo(done, trace, DELETES);
      const expected =
        'an update that the base map refuses is undone by one delete callback with UPDATE and ' +
        'the would-be stored value';
      const one = deletes[0];
      if (!one || deletes.length !== 1) {
        voice.violated(
          event,
          expected,
          `the update failed with ${event.result} and the delete callback was called ${deletes.length} times`,
        );
        return;
      }
      const flags = UPDATE | (done.caller === 'program' ? HELPER : 0);
      if (one.flags !== flags)
        voice.violated(
          one,
          expected,
          `its flags were ${flagNames(one.flags ?? 0)}, due ${flagNames(flags)}`,
        );
      const due = trace.subject.profile.updatesOriginalValue ? answer.out : call.value;
      if (one.value !== due)
        voice.violated(one, expected, 'it got another value than the update callback left');
    })(say, trace),
  );
};

export const rule: Requirement = {
  id: 'CRUD-UPD-015',
  asks:
    'If the base map refuses after a successful update callback, one delete callback ' +
    'follows with UPDATE and the would-be value.',
  passing:
    'Updates refused for existing and missing keys, for want of space and for a bad option ' +
    'were rolled back once.',
  look: "the runtime's update: the path on which the base map refuses.",
  applies: updatesAndDeletes,
  watch: watchRollback,
};
