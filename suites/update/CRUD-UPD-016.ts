/**
 * CRUD-UPD-016, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Concurrency and IRQL; issue #5221/PR #5224
 */
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
  flagNames,
  irqlName,
} from '../../harness/index.ts';
import { createsMaps, hasDelete, hasValues, when } from '../state/applies.ts';
import { callsTo, eachKeyOperation } from '../state/base-contents.ts';
import { DELETES } from '../state/element-call.ts';

/** CRUD-UPD-016: a displaced value is told once, unlocked. */
const watchDisplacement: Watch = eachKeyOperation((done, event, say, trace) => {
  if (done.operation.op !== 'update' || event.result !== 'EBPF_SUCCESS') return;
  if (done.overlapped || done.before.presence === 'unknown') return;
  const deletes = callsTo(done, trace, DELETES);
  const due = done.before.presence === 'present' ? 1 : 0;
  if (due) say.exercised();
  if (deletes.length !== due) {
    say.violated(
      event,
      due
        ? 'a replace calls the delete callback once, for the displaced value'
        : 'an insert displaces nothing',
      `the delete callback was called ${deletes.length} times`,
    );
    return;
  }
  const one = deletes[0];
  if (!one) return;
  if (!((one.flags ?? 0) & UPDATE))
    say.violated(
      one,
      'a displaced value comes with UPDATE set',
      `its flags were ${flagNames(one.flags ?? 0)}`,
    );
  if (done.before.stored !== null && one.value !== done.before.stored) {
    say.violated(one, 'the delete callback gets the displaced value', 'it got another one');
  }
  if (one.locks > 0 || (done.caller === 'user' && one.irql >= DISPATCH_LEVEL)) {
    say.violated(
      one,
      'a displaced value is told after the bucket lock is released',
      `the delete callback ran at ${irqlName(one.irql)} with ${one.locks} lock(s) held`,
    );
  }
});

export const rule: Requirement = {
  id: 'CRUD-UPD-016',
  asks:
    'A successful replace calls the delete callback once for the displaced value, with ' +
    'UPDATE, after the bucket lock is released.',
  passing: 'Every replace did so, every insert called none.',
  look: "the runtime's update: what happens with the displaced value.",
  applies: when(hasDelete, createsMaps, hasValues),
  watch: watchDisplacement,
};
