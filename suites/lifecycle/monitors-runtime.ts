/** Monitors of what the runtime owes a provider while a map lives and when it ends. */
import { EBPF_MAP_OPERATION_MAP_CLEANUP } from '../../harness/index.ts';
import type { CallbackEntered, EventOf, TraceView, Watch } from '../../harness/index.ts';
import { livesOf } from '../map-lives.ts';
import { hasDelete, registrationsOf } from '../registration-facts.ts';
import { together } from '../together.ts';

const mapDelete = 'postprocess_map_delete';
const isOfMap = (call: CallbackEntered): boolean =>
  !call.direct && call.map !== undefined && /^(pre|post)process_/.test(call.callback);
const isCleanup = (call: CallbackEntered): boolean =>
  ((call.flags ?? 0) & EBPF_MAP_OPERATION_MAP_CLEANUP) !== 0;

/** True until the run was cut short: what did not happen then proves nothing. */
const wholeRun = (): { whole: boolean; handlers: ReturnType<Watch> } => {
  const run = {
    whole: true,
    handlers: {
      lost: () => void (run.whole = false),
      'bound-reached': () => void (run.whole = false),
    } as ReturnType<Watch>,
  };
  return run;
};

const isDetachFirst = ({ conditions }: TraceView): boolean =>
  conditions.switches?.['providerDetachFirst'] ?? conditions.dialect === 'detach-first';

/** LIFE-001: one postprocess_map_delete per map, after one delete per remaining entry, after everything else. */
export const watchOneDelete: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: registrations, handlers: registrationHandlers } = registrationsOf(trace);
  const cleanups = new Map<string, string[]>();
  const run = wholeRun();
  const checkEntries = (event: EventOf<'callback-entered'>): void => {
    const life = lives.of(event.map);
    if (!life?.sure || life.deletes !== 1) return;
    if (!hasDelete(registrations.facts.get(life.created.registration))) return;
    const keys = cleanups.get(life.map) ?? [];
    const distinct = new Set(keys).size;
    if (keys.length === life.entries.size && distinct === keys.length) return;
    say.violated(
      event,
      `one delete callback with MAP_CLEANUP for each of the ${life.entries.size} remaining entries ` +
        `before ${mapDelete}`,
      `${keys.length} such calls for ${distinct} keys of ${life.map}`,
    );
  };
  return together(handlers, registrationHandlers, run.handlers, {
    'callback-entered': (event) => {
      const life = lives.of(event.map);
      if (!life || !isOfMap(event)) return;
      if (event.callback === mapDelete) {
        say.exercised();
        checkEntries(event);
        if (life.deletes > 1)
          say.violated(
            event,
            `${mapDelete} exactly once per map`,
            `call ${life.deletes} for ${life.map}`,
          );
        return;
      }
      if (life.deletes > 0)
        say.violated(
          event,
          `${mapDelete} after all other callbacks of a map`,
          `${event.callback} came after it for ${life.map}`,
        );
      if (isCleanup(event))
        cleanups.set(life.map, [...(cleanups.get(life.map) ?? []), event.key ?? '']);
    },
    end: (last) => {
      if (!run.whole) return;
      for (const life of lives.lives.values()) {
        if (life.deletes === 0)
          say.violated(
            last,
            `${mapDelete} once for every map that was created`,
            `none for ${life.map}`,
          );
      }
    },
  });
};

/** LIFE-007: a map is not destroyed while somebody refers to it. */
export const watchReferences: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const early = new Map<string, number>();
  const started = new Map<number, number>();
  return together(handlers, {
    'operation-started': (event) => void started.set(event.op, event.seq),
    'callback-entered': (event) => {
      const life = lives.of(event.map);
      if (!life || !isOfMap(event) || (event.callback !== mapDelete && !isCleanup(event))) return;
      if (life.references <= 0) say.exercised();
      else if (!early.has(life.map)) early.set(life.map, event.seq);
    },
    'operation-ended': (event) => {
      const { operation } = event;
      const life = lives.mapOf(event.op);
      if (!life || operation.op === 'create') return;
      if (operation.op === 'close' && !event.skipped && life.references > 0) say.exercised();
      // All handles are closed when processes end, without an operation; only somebody who goes on was robbed.
      const seq = early.get(life.map);
      if (seq === undefined || (started.get(event.op) ?? 0) < seq) return;
      say.violated(
        { seq },
        'a map lives as long as a handle, pin or program refers to it',
        `${life.map} was destroyed with ${Math.max(life.references, 1)} reference(s) left, and ` +
          `${operation.op} came afterwards`,
      );
      early.delete(life.map);
    },
  });
};

/** LIFE-008: every callback of a map gets the contexts that the provider returned. */
export const watchContexts: Watch = (say, trace) => ({
  'callback-entered': (event) => {
    const map = trace.map(event.map);
    if (!map || !isOfMap(event) || event.callback === 'preprocess_map_create') return;
    say.exercised();
    if (event.binding === map.binding && (event.context ?? null) === map.context) return;
    say.violated(
      event,
      `${event.callback} of ${map.map} with the contexts of ${map.binding} and of its creation`,
      `it was called with ${event.context ?? 'NULL'} of ${event.binding ?? 'no binding'}`,
    );
  },
});

/** LIFE-010: the binding of a map ends after it, with one detach and one cleanup. */
export const watchRelease: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: registrations, handlers: registrationHandlers } = registrationsOf(trace);
  const calls = new Map<string, { detach: number; cleanup: number }>();
  const contexts = new Map<string, string | null>();
  const pending = new Set<string>();
  const run = wholeRun();
  return together(handlers, registrationHandlers, run.handlers, {
    'binding-state': (event) => {
      if (event.state === 'attached') contexts.set(event.binding, event.context);
      if (event.state === 'detach-pending') pending.add(event.binding);
      if (event.state === 'detached' || event.state === 'cleaned') pending.delete(event.binding);
    },
    'callback-entered': (event) => {
      if (event.binding === undefined || event.direct) return;
      const detach = event.callback === 'ProviderDetachClient';
      if (!detach && event.callback !== 'ProviderCleanupBindingContext') return;
      const count = calls.get(event.binding) ?? { detach: 0, cleanup: 0 };
      calls.set(event.binding, count);
      count[detach ? 'detach' : 'cleanup'] += 1;
      const life = [...lives.lives.values()].find((one) => one.created.binding === event.binding);
      if (!life || life.deletes > 0 || (detach && isDetachFirst(trace))) return;
      say.violated(
        event,
        `${mapDelete} before the binding of the map is released`,
        `${event.callback} came first for ${life.map}`,
      );
    },
    end: (last) => {
      if (!run.whole) return;
      for (const life of lives.lives.values()) {
        const { binding, registration } = life.created;
        if ((contexts.get(binding) ?? null) === null || pending.has(binding)) continue;
        say.exercised();
        const { detach, cleanup } = calls.get(binding) ?? { detach: 0, cleanup: 0 };
        const due = registrations.facts.get(registration)?.ProviderCleanupBindingContext ? 1 : 0;
        if (detach === 1 && cleanup === due) continue;
        say.violated(
          last,
          `one detach and ${due} cleanup for the binding of each map`,
          `${detach} and ${cleanup} for that of ${life.map}`,
        );
      }
    },
  });
};

/** PIN-001: pins and further references are none of the provider’s business. */
export const watchPinning: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const running = new Map<number, string[]>();
  return together(handlers, {
    'operation-started': (event) => {
      const { op } = event.operation;
      if (op === 'hold' || op === 'close') running.set(event.op, []);
    },
    'callback-entered': (event) => {
      if (!event.direct) running.get(event.op)?.push(event.callback);
    },
    'operation-ended': (event) => {
      const called = running.get(event.op);
      running.delete(event.op);
      const life = lives.mapOf(event.op);
      if (!called || !life || event.skipped) return;
      if (event.operation.op === 'close' && life.references <= 0) return;
      say.exercised();
      if (called.length === 0) return;
      say.violated(
        event,
        'no callback when a reference to a map is taken or one of several is dropped',
        `${called.join(', ')} for ${life.map}`,
      );
    },
  });
};

/** PIN-002: a map that is only pinned works, and ends with its last reference. */
export const watchPinnedMap: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  /** Maps of which one reference of several was dropped. */
  const kept = new Set<string>();
  const run = wholeRun();
  return together(handlers, run.handlers, {
    'operation-ended': (event) => {
      const life = lives.mapOf(event.op);
      if (!life) return;
      const { op } = event.operation;
      if (op === 'close' && !event.skipped && life.references > 0) kept.add(life.map);
      else if (op !== 'hold' && op !== 'close' && op !== 'create' && kept.has(life.map)) {
        if (life.references <= 0) return;
        say.exercised();
        if (!event.skipped && event.result !== 'NO_SUCH_MAP') return;
        say.violated(event, `${life.map} works while a reference is left`, `${op} found no map`);
      }
    },
    end: (last) => {
      if (!run.whole) return;
      for (const map of kept) {
        say.exercised();
        if (lives.of(map)?.gone) continue;
        say.violated(
          last,
          `${map} is destroyed after its last reference`,
          'it was still there at the end of the run',
        );
      }
    },
  });
};
