/**
 * CRE-014, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Provider Dispatch Function Signatures
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { lacking, registrationsOf } from '../state/registration-facts.ts';
import { inOrder } from '../state/in-order.ts';

/** CRE-014: no map for a transforming provider without its CRUD callbacks. */
const watchMissingCallbacks: Watch = (say, trace) => {
  const { book: registrations, handlers } = registrationsOf(trace);
  const incomplete = (map_type: number | undefined): boolean =>
    [...registrations.facts.values()].some(
      (facts) =>
        lacking(facts).length > 0 && (map_type === undefined || facts.data?.map_type === map_type),
    );
  return inOrder(handlers, {
    'map-created': (event) => {
      const facts = registrations.facts.get(event.registration);
      const lacks = facts ? lacking(facts) : [];
      if (lacks.length === 0) return;
      say.violated(
        event,
        'creation fails when a provider that changes values lacks a CRUD callback',
        `${event.map} was created without ${lacks.join(', ')}`,
      );
    },
    'operation-ended': (event) => {
      const { operation } = event;
      if (operation.op !== 'create' || event.result === 'EBPF_SUCCESS') return;
      if (incomplete(operation.map_type)) say.exercised();
    },
  });
};

export const rule: Requirement = {
  id: 'CRE-014',
  asks: 'Creation fails when updates_original_value is true and a CRUD callback is missing.',
  passing: 'No map came to be with such a provider.',
  look: 'Where the dispatch table is checked against updates_original_value.',
  watch: watchMissingCallbacks,
};
