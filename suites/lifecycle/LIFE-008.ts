/**
 * LIFE-008, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Creation; docs/eBpfExtensions.md#2.7
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { isOfMap } from './map-ends.ts';

/** LIFE-008: every callback of a map gets the contexts that the provider returned. */
const watchContexts: Watch = (say, trace) => {
  const attached = new Set<string>();
  return {
    'binding-state': ({ binding, state }) => {
      if (state === 'attached') attached.add(binding);
    },
    'callback-entered': (event) => {
      const map = trace.map(event.map);
      if (!map || !isOfMap(event) || event.callback === 'preprocess_map_create') return;
      say.exercised();
      const isBound = attached.has(map.binding);
      const isSame = event.binding === map.binding && (event.context ?? null) === map.context;
      if (isBound && isSame) return;
      say.violated(
        event,
        `${event.callback} of ${map.map} with the contexts of ${map.binding} and of its creation`,
        isBound || !isSame
          ? `it was called with ${event.context ?? 'NULL'} of ${event.binding ?? 'no binding'}`
          : `it was called although no attach that succeeded had returned ${map.binding}`,
      );
    },
  };
};

export const rule: Requirement = {
  id: 'LIFE-008',
  asks: 'Every callback of a map gets the same binding context and map context, unchanged.',
  passing: 'Every callback got those that attach and create had returned.',
  look: 'Where contexts are stored per map.',
  watch: watchContexts,
};
