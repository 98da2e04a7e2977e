/**
 * ASSOC-008, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Associate Program
 */
import type { EventOf, Requirement, TraceView, Watch } from '../../harness/index.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { associate } from './program-types.ts';

/** ASSOC-008: what a map holds is the same before and after an association. */
const watchEntriesKept: Watch = (say, trace) => {
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
  return inOrder(handlers, {
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

export const rule: Requirement = {
  id: 'ASSOC-008',
  asks: 'Associating changes neither entries nor who owns what they hold.',
  passing:
    'Lookups, counters and the owners of memory and references were the same before and after.',
  look: 'preprocess_associate_program_type: it has no business with entries.',
  watch: watchEntriesKept,
};
