/** Monitors of the end of maps, for providers: nothing of a map stays, and nothing of it is used again. */
import type { Balance, CallbackEntered, EventOf, Watch } from '../../harness/index.ts';
import { amount, byMaker, HARMFUL, ledgerOf } from '../block-ledger.ts';
import { livesOf, type MapLife } from '../map-lives.ts';
import { together } from '../together.ts';

export const mapDelete = 'postprocess_map_delete';

/** A worker has no process of its own; as shipped every map ends there. */
export const worker = 0;

/** What becomes of a NULL context is LIFE-011's. */
export const isNullDelete = (call: CallbackEntered | undefined): boolean =>
  call?.callback === mapDelete && (call.context ?? null) === null;

/** More maps than were ever alive together, and a few more, may not stay in a cache after their end. */
export const cachedMapsMax = 16;

/** LIFE-002: what a map’s creation allocated does not outlive the map. */
export const watchMapDelete: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  /** Operations whose last create failed, and the failed calls: CRE-009 and CRE-010 speak of those. */
  const failedCreates = new Set<number>();
  const failedCalls = new Set<number>();
  const references = new Map<number, number>();
  /** Which of several references to one object is dropped nobody can tell: failed creates may own those left. */
  const blamable = (balance: Balance): Balance =>
    [...failedCalls].some((call) => references.has(call)) ? { ...balance, objects: [] } : balance;
  const expected =
    'everything allocated for a map is freed when postprocess_map_delete has run and deferred work is done';
  const left = (event: EventOf<'balance'>): { life: MapLife; what: string }[] =>
    [...byMaker(blamable(event.balance))].flatMap(([call, sum]) => {
      const made = trace.call(call);
      const life = made?.callback === 'preprocess_map_create' ? lives.of(made.map) : undefined;
      if (!life?.gone || failedCalls.has(call)) return [];
      if (lives.endedElsewhere(life) && life.endedIn !== worker) return [];
      return [{ life, what: amount(sum) }];
    });
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== 'preprocess_map_create' || !call) return;
      if (event.result === 'EBPF_SUCCESS') {
        failedCreates.delete(call.op);
        return;
      }
      failedCreates.add(call.op);
      failedCalls.add(event.call);
    },
    'object-referenced': (event) => void references.set(event.call, event.seq),
    'map-gone': () => say.exercised(),
    balance: (event) => {
      const rows = left(event);
      const [first] = rows;
      if (!first) return;
      if (event.why === 'unloaded') {
        say.violated(
          event,
          expected,
          `${first.what}, allocated in preprocess_map_create of ${first.life.map}, still there after unload`,
        );
      } else if (event.why === 'asked' && rows.length > lives.peak + cachedMapsMax) {
        say.violated(
          event,
          expected,
          `what preprocess_map_create allocated for ${rows.length} maps that are gone is still there`,
        );
      }
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (event.callback !== mapDelete || !call || failedCreates.has(call.op)) return;
      // A NULL context is LIFE-011's; a strange process is LIFE-006's.
      const life = lives.of(call.map);
      if (isNullDelete(call) || (life && lives.endedElsewhere(life) && !call.direct)) return;
      say.lost(event, 'postprocess_map_delete frees the map and returns');
    },
  });
};

const isMaps = (call: CallbackEntered | undefined): boolean =>
  call?.map !== undefined && /^(pre|post)process_/.test(call.callback);

/** LIFE-003: freed memory of a map, and the client table after cleanup, are left alone. */
export const watchFreedMemory: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const touched = new Set<number>();
  return together(handlers, {
    'map-gone': () => say.exercised(),
    misuse: (event) => {
      if (event.misuse === 'service-after-cleanup') {
        say.violated(
          event,
          'the client table is not used after the cleanup of its binding',
          event.detail,
        );
      }
      if (event.misuse !== 'use-after-free' || !isMaps(ledger.maker(event.block))) return;
      touched.add(event.call);
      const where = trace.call(event.call)?.callback ?? 'no callback';
      say.violated(
        event,
        'memory of a map is not touched after the provider freed it',
        `${event.detail}, in ${where}; it was allocated for ${ledger.maker(event.block)?.map}`,
      );
    },
    lost: (event) => {
      const expected = `${event.callback} leaves freed memory alone`;
      if (touched.has(event.call)) say.lost(event, expected, 'damage');
      else if (event.callback === 'deferred work') say.lost(event, expected, 'deferral');
    },
  });
};

/** LIFE-005: the binding context outlives the map. */
export const watchBindingKept: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const deleted = new Set<string>();
  const harmed = new Set<number>();
  /** Detach and cleanup that came back for a binding without a map. */
  const cameBack = new Set<string>();
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (call?.binding === undefined) return;
      if (event.callback === mapDelete) deleted.add(call.binding);
      else if (!deleted.has(call.binding)) cameBack.add(event.callback);
    },
    'binding-state': (event) => {
      if (event.state === 'cleaned' && deleted.has(event.binding)) say.exercised();
    },
    misuse: (event) => {
      if (event.misuse !== 'free-twice' && event.misuse !== 'use-after-free') return;
      const maker = ledger.maker(event.block)?.callback;
      const isBinding = maker === 'ProviderAttachClient' || maker === 'start';
      if (!isBinding || ledger.freer(event.block)?.callback !== mapDelete) return;
      harmed.add(event.call);
      say.violated(
        event,
        'postprocess_map_delete leaves the binding context alone: detach and cleanup follow',
        `memory of ${maker} was freed in postprocess_map_delete; in ` +
          `${trace.call(event.call)?.callback ?? 'no callback'}: ${event.detail}`,
      );
    },
    lost: (event) => {
      const binding = trace.call(event.call)?.binding;
      const isLeaving =
        event.callback === 'ProviderDetachClient' ||
        event.callback === 'ProviderCleanupBindingContext';
      const isAfterDelete =
        isLeaving && binding !== undefined && deleted.has(binding) && cameBack.has(event.callback);
      const expected = `${event.callback} finds the binding context intact`;
      if (harmed.has(event.call) || isAfterDelete) say.lost(event, expected, 'compared');
      // Another create on a binding whose map was deleted.
      else if (binding !== undefined && deleted.has(binding) && event.cause?.what === 'probe')
        say.lost(event, expected, 'probe');
    },
  });
};

/** LIFE-006: a map may be destroyed in another process and later than its handle is closed. */
export const watchForeignEnd: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const expected =
    'postprocess_map_delete does its work in a process other than the one that created the map';
  const isForeign = (call: CallbackEntered | undefined): boolean => {
    const life = lives.of(call?.map);
    return (
      life !== undefined &&
      call?.callback === mapDelete &&
      !call.direct &&
      call.process !== life.process
    );
  };
  return together(handlers, {
    'callback-returned': (event) => {
      if (isForeign(trace.call(event.call))) say.exercised();
    },
    balance: (event) => {
      if (event.why !== 'unloaded') return;
      for (const [call, sum] of byMaker(event.balance)) {
        const made = trace.call(call);
        const life = made?.callback === 'preprocess_map_create' ? lives.of(made.map) : undefined;
        if (!life?.gone || !lives.endedElsewhere(life)) continue;
        say.violated(
          event,
          expected,
          `${amount(sum)} of ${life.map}, destroyed in another process, still there after unload`,
        );
        return;
      }
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (isForeign(call) && !isNullDelete(call)) say.lost(event, expected, 'process');
    },
  });
};

/** LIFE-011: who returned a NULL context gets it back in postprocess_map_delete. */
export const watchNullContext: Watch = (say, trace) => {
  const expected = 'postprocess_map_delete copes with the NULL that preprocess_map_create returned';
  return {
    'callback-returned': (event) => {
      if (isNullDelete(trace.call(event.call))) say.exercised();
    },
    misuse: (event) => {
      if (isNullDelete(trace.call(event.call)) && HARMFUL.includes(event.misuse))
        say.violated(event, expected, event.detail);
    },
    lost: (event) => {
      if (isNullDelete(trace.call(event.call))) say.lost(event, expected);
    },
  };
};
