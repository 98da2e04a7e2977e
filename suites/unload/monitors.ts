/** Monitors of unloading, for providers: deregistration, waiting, and what goes on meanwhile. */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP,
  EBPF_MAP_OPERATION_UPDATE,
  type CallbackEntered,
  type EventOf,
  type Watch,
} from '../../harness/index.ts';
import { amount, byMaker, ledgerOf } from '../block-ledger.ts';
import { isGoneBefore } from '../held-value.ts';
import { livesOf } from '../map-lives.ts';
import { registrationsOf } from '../registration-facts.ts';
import { together } from '../together.ts';
import { valueLedger } from '../value-ledger.ts';
import { deregistrationsOf } from './deregistrations.ts';

const waits = 'NmrWaitForProviderDeregisterComplete';

/** UNLOAD-001: stop deregisters, and waits when it is told STATUS_PENDING. */
export const watchStop: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const { book: state, handlers: stateHandlers } = deregistrationsOf(trace);
  let stopping = false;
  const done = new Set<string>();
  return together(handlers, stateHandlers, {
    'callback-entered': (event) => {
      if (event.callback === 'stop') stopping = true;
    },
    'registration-changed': (event) => {
      const { status } = state.of(event.registration) ?? { status: null };
      if (!stopping || status === 'STATUS_SUCCESS' || state.of(event.registration)?.complete)
        return;
      say.violated(
        event,
        'registration data stays valid until the deregistration is complete',
        event.unreadable === null
          ? `${event.paths.join(', ')} changed while the provider was stopping`
          : `it could not be read any more: ${event.unreadable}`,
      );
    },
    module: (event) => {
      if (event.what === 'started') return;
      // A start that failed is the end of the module as well: nobody calls its stop.
      stopping = false;
      for (const registration of registrations.facts.keys()) {
        if (done.has(registration)) continue;
        done.add(registration);
        say.exercised();
        const found = state.of(registration);
        if (!found && state.refused.has(registration)) continue;
        if (!found) {
          say.violated(
            event,
            'NmrDeregisterProvider for every registration before stop returns',
            `${registration} was left registered`,
          );
        } else if (found.status === 'STATUS_PENDING' && !found.waited) {
          say.violated(
            event,
            `${waits} after NmrDeregisterProvider answered STATUS_PENDING`,
            `stop returned without waiting for ` +
              `${registration}${found.complete ? '' : ', which is still deregistering'}`,
          );
        }
      }
    },
    misuse: (event) => {
      if (event.misuse === 'deregister-bad-handle') {
        say.violated(
          event,
          'each registration is deregistered once, by its own handle',
          event.detail,
        );
      }
    },
    lost: (event) => {
      if (event.callback !== 'stop') return;
      if (event.how === 'hang' && (state.waitedInVain || state.bound() === 0)) return;
      if (event.how === 'hang' && state.pendingDetach.size > 0) return;
      say.lost(event, 'stop deregisters, waits where it must, and returns');
    },
  });
};

/** UNLOAD-002: STATUS_SUCCESS means that there is nothing to wait for. */
export const watchImmediate: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  let immediate = 0;
  return together(handlers, {
    deregister: (event) => {
      if (event.status === 'STATUS_SUCCESS' && event.registration !== null) immediate += 1;
    },
    module: (event) => {
      if (event.what === 'stopped' && immediate > 0) say.exercised(immediate);
      if (event.what === 'stopped') immediate = 0;
    },
    misuse: (event) => {
      if (event.misuse !== 'wait-bad-handle') return;
      say.violated(event, `no wait when no deregistration is pending`, event.detail);
    },
    lost: (event) => {
      if (event.callback !== 'stop' || event.how !== 'hang') return;
      if (state.waitedInVain || state.bound() === 0) {
        say.lost(event, 'stop returns when no client is bound');
      }
    },
  });
};

/** What a call asked, for comparison before and during deregistration. */
const questionOf = (call: CallbackEntered, value: string | null | undefined): string =>
  isUpdate(call)
    ? [call.map, call.callback, call.key, value, call.flags].join(' ')
    : [call.map, call.callback, value, call.flags, call.program_type].join(' ');

const isUpdate = (call: CallbackEntered): boolean =>
  call.callback === 'preprocess_map_update_element';
const isDelete = (call: CallbackEntered): boolean =>
  call.callback === 'preprocess_map_delete_element';
const isAskedFor = (call: CallbackEntered): boolean =>
  isDelete(call) &&
  ((call.flags ?? 0) & (EBPF_MAP_OPERATION_UPDATE | EBPF_MAP_OPERATION_MAP_CLEANUP)) === 0;

/** UNLOAD-003: live maps go on working while deregistration is pending. */
export const watchPendingUse: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const { book: lives, handlers: lifeHandlers } = livesOf(trace);
  const { book: ledger, handlers: ledgerHandlers } = ledgerOf(trace);
  const { book: values, handlers: valueHandlers } = valueLedger(trace);
  const answered = new Set<string>();
  const refused = new Set<string>();
  let refusesDeletes = false;
  const starved = new Set<number>();
  /** Maps that were alive when their provider began to deregister. */
  const alive = new Set<string>();
  const inWindow = (map: string | undefined): boolean => {
    const life = lives.of(map);
    return life !== undefined && state.isPending(life.created.registration);
  };
  const expected =
    'callbacks work on while deregistration is pending: live maps are still used, and destroyed later';
  return together(handlers, lifeHandlers, ledgerHandlers, valueHandlers, {
    deregister: (event) => {
      for (const life of lives.alive()) {
        if (life.created.registration === event.registration) alive.add(life.map);
      }
    },
    'allocation-failed': (event) => void starved.add(event.call),
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (!call || call.direct || call.map === undefined || starved.has(event.call)) return;
      const fails = event.result !== null && event.result !== 'EBPF_SUCCESS';
      const question = questionOf(call, isDelete(call) ? values.givenOf(call) : call.value);
      if (!inWindow(call.map)) {
        (fails ? refused : answered).add(question);
        refusesDeletes ||= fails && isAskedFor(call);
        return;
      }
      say.exercised();
      if (!fails) return;
      // What it refused before it may refuse now; of a delete that is new, it is known by what it refused of others.
      const mayReject =
        isAskedFor(call) && (refusesDeletes || trace.subject.profile.deleteMayReject);
      const mayBeInUse =
        isUpdate(call) &&
        trace.subject.profile.duplicatesAllowed === false &&
        values.isStored(call.value ?? '');
      const isRepeated = answered.has(question) && !refused.has(question) && !mayBeInUse;
      if (!isRepeated && !(isDelete(call) && !mayReject)) return;
      say.violated(
        event,
        expected,
        `${event.callback} of ${call.map} answered ${event.result} while the deregistration was pending`,
      );
    },
    balance: (event) => {
      if (event.why !== 'unloaded') return;
      const isOthers = (call: number): boolean => isGoneBefore(values.fateOf(call));
      leftOf(alive, event, { trace, isOthers }, say, expected);
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (!call || call.direct || !inWindow(call.map) || ledger.isHarmed(event.call)) return;
      // A map that ends with a NULL context is LIFE-011's.
      if (call.callback === 'postprocess_map_delete' && (call.context ?? null) === null) return;
      if (/^(pre|post)process_/.test(call.callback)) say.lost(event, expected, 'deregistration');
    },
  });
};

/** What maps that outlived the beginning of deregistration left behind. */
const leftOf = (
  maps: ReadonlySet<string>,
  event: EventOf<'balance'>,
  { trace, isOthers }: { trace: Parameters<Watch>[1]; isOthers: (call: number) => boolean },
  say: Parameters<Watch>[0],
  expected: string,
): void => {
  const rows = [...byMaker(event.balance)].filter(([call]) => !isOthers(call));
  // Who leaves things of other maps behind too is not held up by the deregistration.
  const ofOthers = rows.some(([call]) => {
    const map = trace.call(call)?.map;
    return map !== undefined && !maps.has(map);
  });
  if (ofOthers) return;
  for (const [call, sum] of rows) {
    const made = trace.call(call);
    if (!made || made.direct || made.map === undefined || !maps.has(made.map)) continue;
    say.violated(
      event,
      expected,
      `${amount(sum)} of ${made.callback} of ${made.map}, which was alive when the deregistration ` +
        `began, still there after unload`,
    );
    return;
  }
};

/** UNLOAD-009: a module that says it can be started again is as good as new. */
export const watchRestart: Watch = (say, trace) => {
  let starts = 0;
  let created = false;
  let stopped = false;
  const expected = 'a provider that was stopped can be started again and serves maps';
  return {
    'callback-entered': (event) => {
      if (event.callback === 'start') starts += 1;
    },
    module: (event) => {
      if (event.what === 'stopped') stopped = true;
      if (starts < 2) return;
      if (event.what === 'started') say.exercised();
      if (event.what === 'start-failed')
        say.violated(event, expected, `the second start failed: ${event.detail ?? ''}`);
    },
    registered: (event) => {
      if (starts >= 2 && event.status !== 'STATUS_SUCCESS') {
        say.violated(event, expected, `its registration was answered with ${event.status}`);
      }
    },
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== 'preprocess_map_create' || call?.direct) return;
      const operation = trace.operation(call?.op ?? 0)?.operation;
      if (operation?.op !== 'create' || Object.keys(operation).length > 2) return;
      if (event.result === 'EBPF_SUCCESS') created ||= starts === 1;
      else if (created && starts >= 2 && trace.conditions.fail_allocation === undefined) {
        say.violated(
          event,
          expected,
          `preprocess_map_create answered ${event.result}, and EBPF_SUCCESS before the restart`,
        );
      }
    },
    lost: (event) => {
      if (starts >= 2 && stopped && event.callback === 'start') say.lost(event, expected);
    },
  };
};
