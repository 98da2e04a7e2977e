/**
 * What the rules may ask of a "profile" where a runtime is judged: the registration that serves a
 * map decides it. A trace may have maps of several registrations, so there is one context per map.
 */
import { EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0 } from '../abi/layout.ts';
import { exemptOf } from '../check/condition.ts';
import type { SubjectContext, Subjects } from '../check/subject.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { RegistrationFacts } from '../trace/registration-facts.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Chapter } from '../conclude/chapter.ts';

type Revision = SubjectContext['revision'];

const customType = 15;

const registrationsIn = (trace: readonly TraceEvent[]): RegistrationFacts[] =>
  trace.flatMap((event) => (event.kind === 'registered' && !event.inert ? [event.facts] : []));

/** The context of maps that this registration serves; null: nothing is registered. */
export const contextOfRegistration = (
  facts: RegistrationFacts | null,
  registrations: readonly RegistrationFacts[],
  revision: Revision,
  kind: SubjectContext['kind'],
): SubjectContext => {
  const data = facts?.data;
  const table = data?.base_provider_table;
  const old = table?.header?.size === EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0;
  const has = (name: string): boolean => table?.members.includes(name) ?? false;
  return {
    kind,
    profile: {
      ...bootstrapProfile(null),
      mapType: data?.map_type ?? customType,
      updatesOriginalValue: data?.base_properties?.updates_original_value ?? false,
      hasFind: has('postprocess_map_find_element'),
      hasUpdate: has('preprocess_map_update_element'),
      deleteStyle: has('preprocess_map_delete_element')
        ? 'preprocess'
        : has('postprocess_map_delete_element') && !old
          ? 'postprocess'
          : 'none',
      tableSize: table?.header?.size ?? 0,
      keySizes: [4],
      valueSizes: [4],
      accepted: [{ key: 4, value: 4, actual: 4 }],
      maxEntries: { min: 1, max: 8 },
      values: 'generated',
      userLookup: 'supported',
    },
    registrations,
    revision,
    enumHeader: null,
  };
};

/** The first registration with a table speaks for what belongs to no map. */
const baseOf = (registrations: readonly RegistrationFacts[]): RegistrationFacts | null =>
  registrations.find((facts) => facts.data?.base_provider_table) ?? null;

/** One context for a whole trace: that of its first registration. */
export const contextOfTrace = (
  trace: readonly TraceEvent[],
  revision: Revision,
  kind: SubjectContext['kind'],
): SubjectContext => {
  const registrations = registrationsIn(trace);
  return contextOfRegistration(baseOf(registrations), registrations, revision, kind);
};

/**
 * A context per map of a trace, by the registration whose preprocess_map_create was called for it.
 */
export const contextsOfMaps = (
  trace: readonly TraceEvent[],
  revision: Revision,
  kind: SubjectContext['kind'],
): Subjects => {
  const registrations = registrationsIn(trace);
  const known = new Map<string, SubjectContext>();
  const maps = new Map<string, SubjectContext>();
  for (const event of trace) {
    const facts =
      event.kind === 'registration-changed' || (event.kind === 'registered' && !event.inert)
        ? event.facts
        : undefined;
    if (facts && 'registration' in event && event.registration) {
      known.set(event.registration, contextOfRegistration(facts, registrations, revision, kind));
    }
    const isMade =
      event.kind === 'map-created' ||
      (event.kind === 'callback-entered' && event.callback === 'preprocess_map_create');
    const context = isMade ? known.get(event.registration ?? '') : undefined;
    if (isMade && context && event.map !== undefined) maps.set(event.map, context);
  }
  return { base: contextOfTrace(trace, revision, kind), maps };
};

/**
 * The chapters with each rule's condition settled: it applies when it did in one of the contexts.
 */
export const settled = (
  chapters: readonly Chapter[],
  contexts: readonly SubjectContext[],
): Chapter[] =>
  chapters.map((chapter) => ({
    ...chapter,
    requirements: chapter.requirements.map(({ applies, ...rest }) => {
      const isDue = contexts.some((context) => exemptOf(applies, context) === null);
      return isDue || !applies ? rest : { ...rest, applies };
    }),
  }));
