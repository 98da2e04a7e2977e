/** Monitors of what an association must not do: keep anything, change its mind, touch entries. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import { amount, byMaker } from '../block-ledger.ts';
import { livesOf } from '../map-lives.ts';
import { together } from '../together.ts';
import { deregistrationsOf } from '../unload/deregistrations.ts';
import { associate, typeName, typeOf } from './monitors.ts';

/** Associations of maps that are gone may have left this much in a cache. */
const cachedAssociationsMax = 16;
/** A plan with this many was made for ASSOC-006. */
const manyAssociations = 100;

/** ASSOC-006: associations leave nothing behind, as nothing ever undoes them. */
export const watchNothingKept: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: state, handlers: stateHandlers } = deregistrationsOf(trace);
  /** Refused ones count: a provider for no program at all may not accumulate either. */
  let asked = 0;
  let base: number | null = null;
  const owned = (event: EventOf<'balance'>, gone: boolean) =>
    [...byMaker(event.balance)].filter(([call]) => {
      const made = trace.call(call);
      return made?.callback === associate && (!gone || lives.of(made.map)?.gone === true);
    });
  const expected = (count: number): string =>
    `nothing is left of ${count} association(s) when the map is gone`;
  return together(handlers, stateHandlers, {
    'callback-returned': (event) => {
      if (event.callback === associate) asked += 1;
    },
    balance: (event) => {
      if (event.why === 'started') base = event.balance.resources;
      if (event.why === 'started' || asked === 0) return;
      const unloaded = event.why === 'unloaded';
      if (unloaded) say.exercised(asked);
      // Several references to one object look alike: while maps live nobody can say whose is left.
      if (!unloaded && lives.alive().length > 0) return;
      const left = owned(event, !unloaded);
      const objects = left.reduce((sum, [, { objects: held }]) => sum + held, 0);
      if (
        left.length > 0 &&
        (unloaded || left.length > cachedAssociationsMax || objects > cachedAssociationsMax)
      ) {
        const [first] = left;
        say.violated(
          event,
          expected(asked),
          `${amount(first![1])} of one association still ` +
            `there${left.length > 1 ? `, and so on for ${left.length}` : ''}`,
        );
      }
      const { resources } = event.balance;
      const plain =
        [...lives.lives.values()].every((life) => life.gone && !life.inserted) && !lives.meddled;
      if (
        unloaded ||
        !plain ||
        !trace.subject.profile.countsResources ||
        base === null ||
        resources === null
      )
        return;
      if (resources !== base)
        say.violated(
          event,
          expected(asked),
          `the provider accounts for ${resources} values, ${base} before`,
        );
    },
    lost: (event) => {
      const isStop = event.callback === 'stop' && event.how === 'hang';
      // Waits for nobody and detaches that never end are UNLOAD-002's and UNLOAD-005's.
      if (state.waitedInVain || state.pendingDetach.size > 0) return;
      if (isStop && asked >= manyAssociations)
        say.lost(event, 'stop is not held up by associations that took place');
    },
  });
};

/** ASSOC-007: the same question gets the same answer. */
export const watchSameAnswer: Watch = (say, trace) => {
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

/** ASSOC-008: what a map holds is the same before and after an association. */
export const watchEntriesKept: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const makers = new Map<string, number>();
  const holders = new Map<string, number[]>();
  const entries = new Map<string, { result: string; out: string | null; associated: boolean }>();
  let counted: number | null = null;
  let open = 0;
  const expected = 'an association leaves the entries of the map and what they own alone';
  const isElement = (call: number | undefined): boolean =>
    call !== undefined && trace.call(call)?.callback === 'preprocess_map_update_element';
  const finds = (event: EventOf<'operation-ended'>): void => {
    const { operation } = event;
    const life = lives.mapOf(event.op);
    if (operation.op !== 'find' || !life?.sure) return;
    const name = `${life.map} ${JSON.stringify(operation)}`;
    if (lives.isChanging(life)) {
      entries.delete(name);
      return;
    }
    const now = {
      result: event.result,
      out: typeof event.out === 'string' ? event.out : null,
      associated: false,
    };
    const before = entries.get(name);
    entries.set(name, now);
    if (!before?.associated || operation.delete) return;
    say.exercised();
    const differs = before.result !== now.result || (isStable(trace) && before.out !== now.out);
    if (differs)
      say.violated(
        event,
        expected,
        `find answered ${before.result} before it and ${now.result} after ` +
          `it${before.result === now.result ? ', with another value' : ''}`,
      );
  };
  return together(handlers, {
    allocated: (event) => void makers.set(event.block, event.call),
    freed: (event) => {
      if (trace.call(event.call)?.callback !== associate || !isElement(makers.get(event.block)))
        return;
      say.violated(event, expected, `memory of an entry was freed in ${associate}`);
    },
    'object-referenced': (event) => {
      if (event.object !== null)
        holders.set(event.object, [...(holders.get(event.object) ?? []), event.call]);
    },
    'object-dereferenced': (event) => {
      const held = holders.get(event.object ?? '') ?? [];
      const own = held.findIndex((call) => trace.call(call)?.callback === associate);
      if (trace.call(event.call)?.callback === associate && own < 0 && held.some(isElement)) {
        say.violated(
          event,
          expected,
          `a reference that an entry holds was dropped in ${associate}`,
        );
      }
      held.splice(Math.max(own, 0), 1);
    },
    'operation-started': () => void (open += 1),
    'operation-ended': (event) => {
      const { operation } = event;
      const before = counted;
      open -= 1;
      // While other operations or the end of a map are under way the count is anybody’s.
      const still = event.settled === true && open === 0 && !lives.isEnding();
      counted = still ? (event.resources ?? null) : null;
      if (event.skipped) return;
      const life = lives.mapOf(event.op);
      if (operation.op === 'associate' && life) {
        if (
          before !== null &&
          counted !== null &&
          before !== counted &&
          trace.subject.profile.countsResources
        ) {
          say.violated(
            event,
            expected,
            `the provider accounts for ${counted} values after it, ${before} before`,
          );
        }
        if (life.entries.size > 0) say.exercised();
        for (const [name, entry] of entries)
          if (name.startsWith(`${life.map} `)) entry.associated = true;
      } else if (operation.op === 'find' && !operation.delete) finds(event);
      else if (life)
        for (const name of [...entries.keys()])
          if (name.startsWith(`${life.map} `)) entries.delete(name);
    },
  });
};

/** Whether the same stored value is looked up as the same bytes, over and over. */
const isStable = ({ subject: { profile } }: TraceView): boolean =>
  profile.valueRelation === 'identity' || profile.valueRelation === 'function';
