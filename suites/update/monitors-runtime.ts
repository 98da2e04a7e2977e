/** CRUD-UPD for runtimes: when the update callback is called, and what follows it. */
import type { EventOf, Watch } from '../../harness/index.ts';
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  flagNames,
  irqlName,
  PASSIVE_LEVEL,
} from '../../harness/index.ts';
import { callsTo, eachKeyOperation, isRefusedToPrograms } from '../base-contents.ts';
import { DELETES, FIND, UPDATES } from '../element-call.ts';
import { returnsOf } from '../returns.ts';
import { together } from '../together.ts';

/** CRUD-UPD-001: the update callback comes first, once, with the caller's value. */
export const watchAnnouncement: Watch = (say, trace) => {
  const looks = new Map<number, EventOf<'service'>>();
  const judged = eachKeyOperation((done, event, voice) => {
    if (done.operation.op !== 'update' || isRefusedToPrograms(done, trace)) return;
    const updates = callsTo(done, trace, UPDATES);
    const first = updates[0];
    if (event.result === 'EBPF_SUCCESS' && updates.length !== 1) {
      voice.violated(
        event,
        'every update calls the update callback once before the base map is written',
        `it was called ${updates.length} times`,
      );
      return;
    }
    if (!first) return;
    voice.exercised();
    const early = callsTo(done, trace, DELETES).find((call) => call.seq < first.seq);
    if (early)
      voice.violated(
        early,
        'the update callback comes before anything is displaced',
        `${early.callback} came first`,
      );
    if (event.given !== undefined && first.value !== event.given) {
      voice.violated(first, "the update callback gets the caller's value", 'it got other bytes');
    }
    const look = looks.get(first.call);
    if (!look || done.overlapped || done.before.presence === 'unknown') return;
    const found = look.result === 'EBPF_SUCCESS';
    if (
      look.key === first.key &&
      look.map === done.map &&
      found !== (done.before.presence === 'present')
    ) {
      voice.violated(
        look,
        'during the update callback the base map still shows the old state',
        found ? 'the key was found already' : 'the old entry was gone already',
      );
    }
  })(say, trace);
  return together(judged, {
    service: (event) => {
      if (trace.call(event.call)?.callback === UPDATES[0] && event.name === 'find_element_function')
        looks.set(event.call, event);
    },
  });
};

/** CRUD-UPD-002: out_value has actual_value_size bytes, and exactly what was written is stored. */
export const watchStoredForm: Watch = (say, trace) => {
  const written = new Map<string, Set<string>>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || event.callback !== UPDATES[0] || event.result !== 'EBPF_SUCCESS' || call.direct)
        return;
      const name = `${call.map} ${call.key}`;
      written.set(name, (written.get(name) ?? new Set()).add(event.out ?? ''));
    },
    'callback-entered': (event) => {
      if (event.direct || !event.map) return;
      if (event.callback === UPDATES[0]) {
        say.exercised();
        const due = trace.map(event.map)?.actual_value_size;
        if (due !== undefined && event.out_size !== due) {
          say.violated(
            event,
            `the update callback gets an out buffer of ${due} bytes (actual_value_size)`,
            `it got ${event.out_size ?? 'NULL'}`,
          );
        }
        return;
      }
      const stored = [...DELETES, ...FIND].some((name) => name === event.callback);
      const known = written.get(`${event.map} ${event.key}`);
      if (!stored || !known || typeof event.value !== 'string') return;
      if (!known.has(event.value)) {
        say.violated(
          event,
          'what the update callback wrote is what is stored',
          `${event.callback} got other bytes for the key`,
        );
      }
    },
  };
};

/** CRUD-UPD-014: the provider's refusal is the caller's answer, and nothing changes. */
export const watchRefusal: Watch = (say, trace) => {
  const returns = returnsOf(trace);
  return returns.with(
    eachKeyOperation((done, event, voice) => {
      if (
        done.operation.op === 'find' &&
        done.before.cause === 'failed-update' &&
        !done.overlapped
      ) {
        const asked = callsTo(done, trace, FIND).length > 0;
        if (done.before.presence === 'absent' && (asked || event.result === 'EBPF_SUCCESS')) {
          voice.violated(
            event,
            'a failed update leaves the base map as it was',
            'a key was found that only a failed update had named',
          );
        }
        return;
      }
      if (done.operation.op !== 'update') return;
      const call = callsTo(done, trace, UPDATES)[0];
      const answered = call && returns.book.of(call.call)?.result;
      if (!answered || answered === 'EBPF_SUCCESS') return;
      voice.exercised();
      if (event.result !== answered) {
        voice.violated(
          event,
          "the provider's failure code is returned unchanged",
          `update answered ${answered}, the caller got ${event.result}`,
        );
      }
      const deleted = callsTo(done, trace, DELETES)[0];
      if (deleted)
        voice.violated(
          deleted,
          'nothing is rolled back or displaced after the provider refused an update',
          `${deleted.callback} was called`,
        );
    })(say, trace),
  );
};

/** CRUD-UPD-015: a base map that refuses is told to the provider once, with the would-be value. */
export const watchRollback: Watch = (say, trace) => {
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

/** CRUD-UPD-016: a displaced value is told once, unlocked. */
export const watchDisplacement: Watch = eachKeyOperation((done, event, say, trace) => {
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

/** CRUD-UPD-017: users' updates are announced at PASSIVE_LEVEL, without locks. */
export const watchUpdateIrql: Watch = (say, trace) => ({
  'callback-entered': (event) => {
    if (event.direct || event.callback !== UPDATES[0]) return;
    if (trace.operation(event.op)?.caller !== 'user') return;
    say.exercised();
    if (event.irql !== PASSIVE_LEVEL || event.locks > 0) {
      say.violated(
        event,
        "the update callback of a user's update runs at PASSIVE_LEVEL and under no lock",
        `it ran at ${irqlName(event.irql)} with ${event.locks} lock(s) held`,
      );
    }
  },
});

/** CRUD-UPD-018: a batch is its updates one after the other, up to the first failure. */
export const watchBatch: Watch = (say, trace) => {
  const running = new Map<number, { results: string[] }>();
  return {
    'operation-started': (event) => {
      if (event.operation.op === 'batch_update') running.set(event.op, { results: [] });
    },
    'callback-entered': (event) => {
      const batch = running.get(event.op);
      if (!batch || event.direct || event.callback !== UPDATES[0]) return;
      if (batch.results.some((one) => one !== 'EBPF_SUCCESS')) {
        say.violated(
          event,
          'a batch stops at the first update that fails',
          'the update callback was called for a later element',
        );
      }
    },
    'callback-returned': (event) => {
      const op = trace.call(event.call)?.op ?? 0;
      if (event.callback === UPDATES[0]) running.get(op)?.results.push(event.result ?? '');
    },
    'operation-ended': (event) => {
      const batch = running.get(event.op);
      if (!batch || event.operation.op !== 'batch_update' || event.skipped) return;
      const { entries } = event.operation;
      const failed = batch.results.findIndex((one) => one !== 'EBPF_SUCCESS');
      say.exercised();
      if (failed >= 0 && event.result !== batch.results[failed]) {
        say.violated(
          event,
          'a batch answers the code of the update that failed',
          `it answered ${event.result} after ${batch.results[failed]}`,
        );
      }
      if (event.result === 'EBPF_SUCCESS' && batch.results.length !== entries.length) {
        say.violated(
          event,
          'a batch updates every element in turn',
          `${batch.results.length} update callbacks for ${entries.length} elements`,
        );
      }
      running.delete(event.op);
    },
  };
};

const foreign = ['update_with_handle', 'push', 'pop', 'peek', 'value_address'];

/** CRUD-UPD-019: what hash maps do not have is refused without a word to the provider. */
export const watchForeignOperations: Watch = (say, trace) => {
  const isForeign = (op: number): boolean =>
    foreign.includes(trace.operation(op)?.operation.op ?? '');
  return {
    'callback-entered': (event) => {
      if (!isForeign(event.op) || event.direct || !event.callback.endsWith('_element')) return;
      say.violated(
        event,
        'operations that hash maps do not have are refused without calling the provider',
        `${event.callback} was called`,
      );
    },
    'operation-ended': (event) => {
      if (!isForeign(event.op) || event.skipped) return;
      say.exercised();
      if (event.result === 'EBPF_SUCCESS' || event.result === 'OK') {
        say.violated(
          event,
          'operations that hash maps do not have are refused',
          `${event.operation.op} answered ${event.result}`,
        );
      }
    },
  };
};
