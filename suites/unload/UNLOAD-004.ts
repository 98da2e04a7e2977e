/**
 * UNLOAD-004, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation; Map Lifecycle note
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { deregistrationsOf } from './deregistrations.ts';

/** UNLOAD-004: deregistration is complete when the last map is gone, and not before. */
const watchCompletion: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: state, handlers: stateHandlers } = deregistrationsOf(trace);
  const held = new Set<string>();
  const completed = new Set<string>();
  let whole = true;
  const livesIn = (registration: string) =>
    lives.alive().filter((life) => life.created.registration === registration);
  return inOrder(handlers, stateHandlers, {
    'bound-reached': () => void (whole = false),
    deregister: (event) => {
      if (event.registration === null || !state.of(event.registration)) return;
      const maps = livesIn(event.registration);
      if (maps.length > 0) held.add(event.registration);
      if (maps.length > 0 && event.status === 'STATUS_SUCCESS') {
        say.violated(
          event,
          'STATUS_PENDING while a map of the provider exists',
          `STATUS_SUCCESS with ${maps.length} map(s)`,
        );
      }
    },
    deregistered: (event) => {
      completed.add(event.registration);
      const maps = livesIn(event.registration);
      if (held.has(event.registration)) say.exercised();
      if (maps.length > 0)
        say.violated(
          event,
          'no completion while a map of the provider exists',
          `${maps.map((life) => life.map).join(', ')} still existed`,
        );
    },
    'deregister-wait': (event) => {
      if (event.phase !== 'returned' || (event.status ?? 'STATUS_SUCCESS') !== 'STATUS_SUCCESS')
        return;
      if (completed.has(event.registration ?? '')) return;
      say.violated(
        event,
        'the wait ends when the deregistration is complete',
        'it returned before',
      );
    },
    lost: (event) => {
      whole = false;
      const stuck =
        event.callback === 'stop' &&
        event.how === 'hang' &&
        state.bound() === 0 &&
        !state.waitedInVain;
      const waiting = [...held].some((registration) => !completed.has(registration));
      if (stuck && waiting && lives.alive().length === 0) {
        say.violated(event, 'prompt completion once all maps are gone', 'the wait went on');
      }
    },
    end: (last) => {
      if (!whole || state.pendingDetach.size > 0) return;
      for (const registration of held) {
        if (completed.has(registration) || livesIn(registration).length > 0) continue;
        say.violated(
          last,
          'completion once all maps are gone',
          `${registration} was never complete`,
        );
      }
    },
  });
};

export const rule: Requirement = {
  id: 'UNLOAD-004',
  asks: 'Deregistration is not complete while a map of the provider exists, and is so promptly once all are gone.',
  passing: 'Completion followed the end of the last map.',
  look: 'What keeps bindings alive.',
  watch: watchCompletion,
  owns: ['deregister', 'await_deregistration'],
};
