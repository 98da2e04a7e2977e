/** Monitors of the end of maps, for providers: nothing of a map stays, and nothing of it is used again. */
import type { Balance, CallbackEntered, EventOf, TraceView, Watch } from '../../harness/index.ts';
import { amount, byMaker, HARMFUL, ledgerOf } from '../block-ledger.ts';
import { livesOf, type MapLife } from '../map-lives.ts';
import { together } from '../together.ts';

const mapDelete = 'postprocess_map_delete';

/** A worker has no process of its own; as shipped every map ends there. */
const worker = 0;

/** What becomes of a NULL context is LIFE-011's. */
const isNullDelete = (call: CallbackEntered | undefined): boolean =>
  call?.callback === mapDelete && call.context == null;

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
      if (touched.has(event.call) || event.callback === 'deferred work') {
        say.lost(event, `${event.callback} leaves freed memory alone`);
      }
    },
  });
};

type Ending = 'no entry was ever inserted' | 'all entries were deleted' | 'entries remain';

const endingOf = (life: MapLife): Ending =>
  !life.inserted
    ? 'no entry was ever inserted'
    : life.entries.size === 0
      ? 'all entries were deleted'
      : 'entries remain';

/** LIFE-004: a map ends well when it was never filled, was emptied, or still holds entries. */
export const watchThreeEnds: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const ended = new Map<string, Ending>();
  let base: number | null = null;
  const isEnd = (call: CallbackEntered | undefined): call is CallbackEntered =>
    call !== undefined &&
    !call.direct &&
    (call.callback === mapDelete || ((call.flags ?? 0) & 4) !== 0) &&
    lives.of(call.map) !== undefined;
  const expected = (ending: string): string => `a map ends without harm when ${ending}`;
  return together(handlers, {
    'callback-entered': (event) => {
      const life = lives.of(event.map);
      if (isEnd(event) && life && !ended.has(life.map)) ended.set(life.map, endingOf(life));
    },
    'map-gone': (event) => {
      if (ended.has(event.map)) say.exercised();
    },
    misuse: (event) => {
      const call = trace.call(event.call);
      if (!isEnd(call) || isNullDelete(call) || !HARMFUL.includes(event.misuse)) return;
      say.violated(
        event,
        expected(ended.get(call.map ?? '') ?? ''),
        `${event.detail}, in ${call.callback}`,
      );
    },
    balance: (event) => {
      const { resources } = event.balance;
      if (event.why === 'started') base = resources;
      const strange = [...lives.lives.values()].some(
        (life) => lives.endedElsewhere(life) && life.endedIn !== worker,
      );
      if (strange || lives.lives.size === 0) return;
      // Several references to one object look alike: while maps live nobody can say whose is left.
      const told =
        lives.alive().length === 0
          ? event
          : { ...event, balance: { ...event.balance, objects: [] } };
      leftOfEntries(
        told,
        trace,
        (map) => (lives.of(map)?.gone ? (ended.get(map) ?? null) : null),
        say,
      );
      if (!trace.subject.profile.countsResources || lives.meddled) return;
      if (base === null || resources === null) return;
      if (event.why !== 'asked' || lives.alive().length > 0 || resources === base) return;
      const ways = [...new Set(ended.values())].join('; ');
      say.violated(
        event,
        `as many values accounted for as before, ${base}, when no map is left`,
        `${resources} after maps of which ${ways}`,
      );
    },
    lost: (event) => {
      const call = trace.call(event.call);
      if (!isEnd(call) || (call.process !== lives.of(call.map)?.process && call.process !== worker))
        return;
      if (isNullDelete(call)) return;
      say.lost(event, expected(ended.get(call.map ?? '') ?? ''));
    },
  });
};

/** What element callbacks of ended maps left: blocks at unload, object references at any rest. */
const leftOfEntries = (
  event: EventOf<'balance'>,
  trace: TraceView,
  endOf: (map: string) => Ending | null,
  say: Parameters<Watch>[0],
): void => {
  for (const [call, sum] of byMaker(event.balance)) {
    const made = trace.call(call);
    if (!made || made.direct || made.map === undefined) continue;
    if (!/_element$/.test(made.callback)) continue;
    const ending = endOf(made.map);
    const counted = event.why === 'unloaded' ? sum : { ...sum, blocks: 0, bytes: 0 };
    if (ending === null || counted.blocks + counted.objects === 0) continue;
    say.violated(
      event,
      `nothing of a map’s entries is left after its end (${ending})`,
      `${amount(counted)} of ${made.callback} of ${made.map} still there`,
    );
    return;
  }
};

/** LIFE-005: the binding context outlives the map. */
export const watchBindingKept: Watch = (say, trace) => {
  const { book: ledger, handlers } = ledgerOf(trace);
  const deleted = new Set<string>();
  const harmed = new Set<number>();
  return together(handlers, {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback === mapDelete && call?.binding !== undefined) deleted.add(call.binding);
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
        `memory of ${maker} was freed in postprocess_map_delete; in ${trace.call(event.call)?.callback ?? 'no callback'}: ${event.detail}`,
      );
    },
    lost: (event) => {
      if (harmed.has(event.call))
        say.lost(event, `${event.callback} finds the binding context intact`);
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
      if (isForeign(call) && !isNullDelete(call)) say.lost(event, expected);
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
