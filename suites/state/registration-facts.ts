/** Facts of the registrations in a trace, by label, as the contract reads them. Judges nothing. */
import type { Handlers, RegistrationFacts, TraceView } from '../../harness/index.ts';
import { onePerTrace } from './in-order.ts';

/** Size of a table that ends before postprocess_map_delete_element (ABI-004). */
const oldTableSize = 72;

/** Names of the dispatch members that count. */
export const membersOf = (facts: RegistrationFacts | undefined): ReadonlySet<string> => {
  const table = facts?.data?.base_provider_table;
  const members = new Set(table?.members ?? []);
  if (table?.header?.size === oldTableSize) members.delete('postprocess_map_delete_element');
  return members;
};

export const hasDelete = (facts: RegistrationFacts | undefined): boolean => {
  const members = membersOf(facts);
  return (
    members.has('preprocess_map_delete_element') || members.has('postprocess_map_delete_element')
  );
};

/** CRUD callbacks that a transforming provider lacks (REG-010). */
export const lacking = (facts: RegistrationFacts): string[] => {
  if (!facts.data?.base_properties?.updates_original_value) return [];
  const members = membersOf(facts);
  const lacks = ['postprocess_map_find_element', 'preprocess_map_update_element'].filter(
    (name) => !members.has(name),
  );
  return hasDelete(facts) ? lacks : [...lacks, 'a delete callback'];
};

export class Registrations {
  /** Registrations that were accepted and are for maps. */
  readonly facts = new Map<string, RegistrationFacts>();
  readonly handlers: Handlers;

  constructor() {
    this.handlers = {
      registered: (event) => {
        if (event.status === 'STATUS_SUCCESS' && !event.inert) {
          this.facts.set(event.registration, event.facts);
        }
      },
      'registration-changed': ({ registration, facts }) => {
        if (facts) this.facts.set(registration, facts);
      },
    };
  }

  /** Whether maps of this registration store something else than the user's value. */
  transforms(registration: string | undefined, trace: TraceView): boolean {
    const facts = registration === undefined ? undefined : this.facts.get(registration);
    return (
      facts?.data?.base_properties?.updates_original_value ??
      trace.subject.profile.updatesOriginalValue
    );
  }
}

/** The registrations of a trace, kept once for all monitors. */
export const registrationsOf = onePerTrace(() => new Registrations());
