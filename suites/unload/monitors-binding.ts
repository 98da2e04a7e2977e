/** Monitors of the end of bindings, for providers: detach, cleanup, and the memory in between. */
import type { CallbackEntered, Watch } from '../../harness/index.ts';
import { amount, byMaker, ledgerOf } from '../block-ledger.ts';
import { together } from '../together.ts';
import { deregistrationsOf } from './deregistrations.ts';

const detach = 'ProviderDetachClient';
const cleanup = 'ProviderCleanupBindingContext';

/** UNLOAD-005: detach answers SUCCESS, or PENDING and one completion. */
export const watchDetach: Watch = (say, trace) => {
  const { book: state, handlers } = deregistrationsOf(trace);
  const { book: ledger, handlers: ledgerHandlers } = ledgerOf(trace);
  /** Detaches under way: whether the completion was reported from inside. */
  const running = new Map<string, { completed: boolean }>();
  const answered = new Map<string, string | null>();
  let whole = true;
  return together(handlers, ledgerHandlers, {
    'bound-reached': () => void (whole = false),
    'callback-entered': (event) => {
      if (event.callback === detach) running.set(event.binding ?? '', { completed: false });
    },
    'binding-state': (event) => {
      // Without a binding context there is no call, and nothing to answer.
      if (event.state === 'detached' && event.context === null) say.exercised();
      const detaching = running.get(event.binding);
      if (detaching && event.state === 'detached') detaching.completed = true;
    },
    'callback-returned': (event) => {
      const binding = trace.call(event.call)?.binding;
      if (event.callback !== detach || binding === undefined) return;
      const completed = running.get(binding)?.completed ?? false;
      running.delete(binding);
      answered.set(binding, event.result);
      say.exercised();
      if (event.result === 'STATUS_SUCCESS') {
        if (completed)
          say.violated(
            event,
            'NmrProviderDetachClientComplete only after STATUS_PENDING',
            `${detach} reported completion for ${binding} and answered STATUS_SUCCESS`,
          );
      } else if (event.result !== 'STATUS_PENDING') {
        say.violated(
          event,
          `STATUS_SUCCESS or STATUS_PENDING from ${detach}`,
          `it answered ${event.result} for ${binding}`,
        );
      }
    },
    misuse: (event) => {
      if (event.misuse !== 'detach-complete-unexpected') return;
      say.violated(
        event,
        'NmrProviderDetachClientComplete exactly once for a detach that is pending',
        event.detail,
      );
    },
    lost: (event) => {
      whole = false;
      const isStuck =
        event.callback === 'stop' && event.how === 'hang' && state.pendingDetach.size > 0;
      if (event.callback === detach && !ledger.isHarmed(event.call))
        say.lost(event, `${detach} answers and returns`);
      else if (isStuck)
        say.lost(
          event,
          'NmrProviderDetachClientComplete ends every detach that was answered with STATUS_PENDING',
        );
    },
    end: (last) => {
      if (!whole) return;
      for (const binding of state.pendingDetach) {
        say.violated(
          last,
          'NmrProviderDetachClientComplete after STATUS_PENDING',
          `the detach of ${binding} was still pending when all deferred work was done`,
        );
      }
    },
  });
};

const isBindings = (call: CallbackEntered | undefined): boolean =>
  call?.callback === 'ProviderAttachClient' || call?.callback === 'start';

/** UNLOAD-006: the binding context lives as long as it may be handed out, and ends once. */
export const watchBindingContext: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const harmed = new Set<number>();
  return together(handlers, {
    'binding-state': (event) => {
      if (event.state === 'cleaned') say.exercised();
    },
    misuse: (event) => {
      if (event.misuse !== 'free-twice' && event.misuse !== 'use-after-free') return;
      const callback = trace.call(event.call)?.callback;
      const atEnd = callback === detach || callback === cleanup;
      const mine =
        isBindings(ledger.maker(event.block)) ||
        (atEnd && ledger.maker(event.block)?.map === undefined);
      if (!mine) return;
      harmed.add(event.call);
      const freer = ledger.freer(event.block)?.callback ?? 'deferred work';
      say.violated(
        event,
        'the binding context is freed once, when no callback can get it any more',
        `memory of ${ledger.maker(event.block)?.callback ?? 'the provider'} was freed in ${freer}; ` +
          `in ${callback ?? 'no callback'}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (harmed.has(event.call) || event.callback === cleanup) {
        say.lost(event, `${event.callback} finds the binding context as it should be and returns`);
      }
    },
  });
};

/** More bindings than were ever bound together, and a few more, may not stay in a cache. */
const cachedBindingsMax = 16;

/** UNLOAD-007: what an attach takes, its detach and cleanup give back. */
export const watchBindingBalance: Watch = (say, trace) => {
  const bound = new Set<string>();
  const cleaned = new Set<string>();
  let peak = 0;
  const expected = 'detach and cleanup give back everything that the attach took';
  return {
    'binding-state': (event) => {
      if (event.state === 'attached') bound.add(event.binding);
      if (event.state === 'cleaned') {
        if (bound.delete(event.binding)) cleaned.add(event.binding);
      }
      peak = Math.max(peak, bound.size);
    },
    balance: (event) => {
      if (event.why === 'unloaded') say.exercised(cleaned.size);
      const left = [...byMaker(event.balance)].flatMap(([call, sum]) => {
        const made = trace.call(call);
        const isEnds = made && ['ProviderAttachClient', detach, cleanup].includes(made.callback);
        return isEnds && cleaned.has(made.binding ?? '') ? [{ made, sum }] : [];
      });
      const [first] = left;
      const owners = new Set(left.map(({ made }) => made.binding)).size;
      const grows = event.why === 'asked' && owners > peak + cachedBindingsMax;
      if (!first || (event.why !== 'unloaded' && !grows)) return;
      say.violated(
        event,
        expected,
        `${amount(first.sum)} of ${first.made.callback} of ${first.made.binding} still ` +
          `there${grows ? '' : ' after unload'}${owners > 1 ? `, and so on for ${owners} bindings` : ''}`,
      );
    },
  };
};

/** UNLOAD-008: after its detach a binding’s client table is used by dispatch callbacks only. */
export const watchLateServices: Watch = (say, trace) => ({
  'callback-returned': (event) => {
    if (event.callback === detach) say.exercised();
  },
  misuse: (event) => {
    if (event.misuse !== 'service-after-detach' && event.misuse !== 'service-after-cleanup') return;
    const where = trace.call(event.call)?.callback ?? 'no callback';
    say.violated(
      event,
      `no use of the client table after ${detach} returned, except in dispatch callbacks`,
      `${event.detail}, in ${where}`,
    );
  },
});
