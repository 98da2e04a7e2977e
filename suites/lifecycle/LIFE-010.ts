/**
 * LIFE-010, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation (lifetime management)
 */
import type { Requirement, TraceView, Watch } from '../../harness/index.ts';
import { livesOf } from '../state/map-lives.ts';
import { registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';
import { mapDelete, wholeRun } from './map-ends.ts';

const isDetachFirst = ({ conditions }: TraceView): boolean =>
  conditions.switches?.['providerDetachFirst'] ?? conditions.dialect === 'detach-first';

/** LIFE-010: the binding of a map ends after it, with one detach and one cleanup. */
const watchRelease: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const { book: registrations, handlers: registrationHandlers } = registrationsOf(trace);
  const calls = new Map<string, { detach: number; cleanup: number }>();
  const contexts = new Map<string, string | null>();
  const pending = new Set<string>();
  const run = wholeRun();
  return inOrder(handlers, registrationHandlers, run.handlers, {
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

export const rule: Requirement = {
  id: 'LIFE-010',
  asks: 'After postprocess_map_delete the binding is released: one detach and one cleanup.',
  passing: 'Each map’s binding saw both once, after the map.',
  look: 'The release of the NMR client after the end of a map.',
  watch: watchRelease,
  // Everything that can be lost ends somewhere.
  owns: ['drain', 'anything else'],
};
