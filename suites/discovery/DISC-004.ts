/**
 * DISC-004, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Discovery and Creation
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { watchCreations, type Attach } from './creation.ts';

/** An attach comes before what it has come back before. */
const isBefore = ({ back }: Attach, seq: number): boolean => back !== null && back < seq;

/** DISC-004: one attach per map instance, on demand, before preprocess_map_create. */
const watchOnDemand: Watch = (say, trace) => {
  const usedBy = new Map<string, string>();
  return watchCreations(trace, {
    strayAttach: (event) => {
      say.violated(
        event,
        'providers are attached on demand, in the creation of a map',
        `${event.registration ?? 'a provider'} was asked to attach while no map was being created`,
      );
    },
    ended: (creation) => {
      const { bound } = creation;
      for (const one of creation.creates) {
        const theirs = creation.attaches.filter(
          ({ registration }) => registration === one.registration,
        );
        if (theirs.length === 0 || theirs.some((attach) => isBefore(attach, one.seq))) continue;
        say.violated(
          one,
          'the attach comes before preprocess_map_create',
          'preprocess_map_create came first',
        );
      }
      if (!bound || creation.creates.length === 0) return;
      say.exercised();
      const mine = creation.attaches.filter((one) => one.registration === bound.registration);
      if (mine.length !== 1) {
        say.violated(
          creation,
          'every map instance makes one attach of its provider',
          `${bound.map} was created with ${mine.length} attaches of ${bound.registration}`,
        );
      }
      const other = usedBy.get(bound.binding);
      if (other !== undefined) {
        say.violated(
          creation,
          'every map instance has a binding of its own',
          `${bound.map} shares ${bound.binding} with ${other}`,
        );
      }
      usedBy.set(bound.binding, bound.map);
    },
  });
};

export const rule: Requirement = {
  id: 'DISC-004',
  asks:
    'Discovery is on demand: each map instance makes one client registration and one ' +
    'attach, before preprocess_map_create.',
  passing:
    'Providers saw exactly one attach per map, inside its creation and before ' +
    'preprocess_map_create, and none at any other time.',
  look: 'Where the NMR client is registered: once per map, in the creation, not per type and not at load.',
  watch: watchOnDemand,
};
