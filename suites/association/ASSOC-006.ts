/**
 * ASSOC-006, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Provider Dispatch Table; ebpf_program.c:ebpf_program_associate_maps
 */
import type { EventOf, Requirement, Watch } from '../../harness/index.ts';
import { amount, byMaker } from '../state/block-ledger.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from '../unload/deregistrations.ts';
import { associate } from './program-types.ts';

/** Associations of maps that are gone may have left this much in a cache. */
const cachedAssociationsMax = 16;

/** A plan with this many was made for ASSOC-006. */
const manyAssociations = 100;

/** ASSOC-006: associations leave nothing behind, as nothing ever undoes them. */
const watchNothingKept: Watch = (say, trace) => {
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
  return inOrder(handlers, stateHandlers, {
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

export const rule: Requirement = {
  id: 'ASSOC-006',
  asks: 'Associations do not accumulate resources: nothing ever undoes them.',
  passing:
    'After a thousand associations nothing that they allocated or referenced was left when the map was gone.',
  look: 'preprocess_associate_program_type: references and list entries per call.',
  watch: watchNothingKept,
};
