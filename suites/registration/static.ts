/** REG rules that a registration's structures alone decide: one monitor per rule, strength `static`. */
import { BPF_MAP_TYPE_HASH, mapTypeName } from '../../harness/abi/map-types.ts';
import { MIT_GUID, NPI } from '../../harness/abi/layout.ts';
import type {
  EventOf,
  ProviderDataFacts,
  RegistrationFacts,
  TraceView,
  Verdicts,
  Watch,
} from '../../harness/index.ts';
import {
  DELETE_MEMBERS,
  MANDATORY_MEMBERS,
  effectiveMembers,
  missingCrud,
} from '../discovery/structure.ts';

type Registered = EventOf<'registered'>;

/** Judges every registration for maps; those under other NPI ids are nobody's business here. */
const watchFacts =
  (
    judge: (say: Verdicts, facts: RegistrationFacts, event: Registered, trace: TraceView) => void,
  ): Watch =>
  (say, trace) => ({
    registered: (event) => {
      if (!event.inert) judge(say, event.facts, event, trace);
    },
  });

/** As watchFacts, where there is provider data to read. */
const watchData = (
  judge: (say: Verdicts, data: ProviderDataFacts, event: Registered) => void,
): Watch =>
  watchFacts((say, { data }, event) => {
    if (data) judge(say, data, event);
  });

/** REG-001, judged per module: one registration for maps is enough. */
export const watchNpiId: Watch = (say) => {
  let started: { seq: number } | null = null;
  let forMaps = 0;
  let others = 0;
  return {
    registered: (event) => {
      if (event.inert) others += 1;
      else forMaps += 1;
    },
    module: (event) => {
      if (event.what === 'started') started ??= event;
      if (event.what === 'stopped' && forMaps > 0) say.exercised();
    },
    end: () => {
      if (!started || forMaps > 0) return;
      say.violated(
        started,
        'the module registers a provider under the NPI id EBPF_MAP_INFO_EXTENSION_IID',
        others
          ? `it registered ${others} provider(s), all under other NPI ids`
          : 'it registered no provider at all',
      );
    },
  };
};

/** REG-002: each map type has one registration, and keeps it. */
export const watchOneType: Watch = (say) => {
  const live = new Map<string, number>();
  return {
    registered: (event) => {
      const map_type = event.facts.data?.map_type ?? null;
      if (event.inert || event.status !== 'STATUS_SUCCESS' || map_type === null) return;
      say.exercised();
      const twin = [...live].find(([, type]) => type === map_type);
      if (twin) {
        say.violated(
          event,
          'each map type that the module implements has one registration',
          `${event.registration} repeats ${mapTypeName(map_type)}, which ${twin[0]} already carries`,
        );
      }
      live.set(event.registration, map_type);
    },
    'registration-changed': (event) => {
      if (!event.paths.includes('data.map_type')) return;
      say.violated(
        event,
        'a registration carries exactly one map_type, as long as it lives',
        `map_type of ${event.registration} was another one at its ${event.when}`,
      );
    },
    deregistered: ({ registration }) => void live.delete(registration),
    deregister: ({ registration }) => void live.delete(registration ?? ''),
  };
};

const fixed = (what: string, seen: number | null | undefined, due: number): string[] =>
  seen === due ? [] : [`${what} is ${seen ?? 'unreadable'}, not ${due}`];

/** REG-004, what the structures say; who needs a cleanup routine is watchCleanupRoutine. */
export const watchCharacteristics = watchFacts((say, facts, event) => {
  say.exercised();
  const { instance } = facts;
  const wrong = [
    ...fixed('Version of NPI_PROVIDER_CHARACTERISTICS', facts.Version, NPI.characteristics.Version),
    ...fixed('Length of NPI_PROVIDER_CHARACTERISTICS', facts.Length, NPI.characteristics.Length),
    ...fixed(
      'Version of NPI_REGISTRATION_INSTANCE',
      instance?.Version,
      NPI.registrationInstance.Version,
    ),
    ...fixed('Size of NPI_REGISTRATION_INSTANCE', instance?.Size, NPI.registrationInstance.Size),
    ...(facts.ProviderAttachClient ? [] : ['ProviderAttachClient is NULL']),
    ...(facts.ProviderDetachClient ? [] : ['ProviderDetachClient is NULL']),
  ];
  if (wrong.length === 0) return;
  say.violated(
    event,
    'NPI_PROVIDER_CHARACTERISTICS and NPI_REGISTRATION_INSTANCE are filled in',
    wrong.join(', '),
  );
});

/** REG-005: the module id is well formed; which GUID it is, is free. */
export const watchModuleId = watchFacts((say, { ModuleId }, event) => {
  say.exercised();
  const wrong = !ModuleId
    ? ['ModuleId is NULL']
    : [
        ...fixed('Length', ModuleId.Length, NPI.moduleId.Length),
        ...fixed('Type', ModuleId.Type, MIT_GUID),
        ...(ModuleId.Guid === null && ModuleId.Type === MIT_GUID ? ['Guid cannot be read'] : []),
      ];
  if (wrong.length === 0) return;
  say.violated(
    event,
    'ModuleId is an NPI_MODULEID of Length 24 and Type MIT_GUID (1)',
    wrong.join(', '),
  );
});

/** REG-006. */
export const watchBaseMapType = watchData((say, { base_map_type }, event) => {
  say.exercised();
  if (base_map_type === BPF_MAP_TYPE_HASH) return;
  say.violated(
    event,
    'base_map_type is BPF_MAP_TYPE_HASH, the only base there is',
    base_map_type === null
      ? 'it cannot be read'
      : `it is ${mapTypeName(base_map_type)} (${base_map_type})`,
  );
});

/** REG-007. */
export const watchPointers = watchData((say, data, event) => {
  say.exercised();
  const missing = (['base_properties', 'base_provider_table'] as const).filter(
    (name) => !data[name],
  );
  if (missing.length === 0) return;
  say.violated(
    event,
    'base_properties and base_provider_table are not NULL',
    `${missing.join(' and ')} is NULL`,
  );
});

/** REG-008. */
export const watchMandatory = watchData((say, data, event) => {
  if (!data.base_provider_table) return;
  say.exercised();
  const members = effectiveMembers(data);
  const missing = MANDATORY_MEMBERS.filter((name) => !members.has(name));
  if (missing.length === 0) return;
  say.violated(
    event,
    `${MANDATORY_MEMBERS.join(', ')} are not NULL`,
    `${missing.join(' and ')} is NULL`,
  );
});

/** REG-009: members that header.size does not cover do not count. */
export const watchBothDeletes = watchData((say, data, event) => {
  if (!data.base_provider_table) return;
  say.exercised();
  const members = effectiveMembers(data);
  if (!DELETE_MEMBERS.every((name) => members.has(name))) return;
  say.violated(
    event,
    'at most one of the two delete callbacks is set',
    'both delete callbacks are set',
  );
});

/** REG-010. */
export const watchTransforming = watchData((say, data, event) => {
  if (!data.base_properties?.updates_original_value || !data.base_provider_table) return;
  say.exercised();
  const missing = missingCrud(data);
  const both = DELETE_MEMBERS.every((name) => effectiveMembers(data).has(name));
  if (missing.length === 0 && !both) return;
  const ignored =
    data.base_provider_table.members.includes('postprocess_map_delete_element') &&
    !effectiveMembers(data).has('postprocess_map_delete_element');
  say.violated(
    event,
    'a provider whose updates_original_value is true has find, update and exactly one delete callback',
    both
      ? 'both delete callbacks are set'
      : `it lacks ${missing.join(', ')}` +
          (ignored
            ? ' (postprocess_map_delete_element is set, but header.size does not reach it)'
            : ''),
  );
});

/** REG-011: a permission. Absent callbacks of a provider that stores values as they are break nothing. */
export const watchOptionalCrud = watchData((say, data) => {
  if (data.base_properties && !data.base_properties.updates_original_value) say.exercised();
});

/** REG-012. */
export const watchDeprecatedDelete = watchData((say, data, event) => {
  const members = effectiveMembers(data);
  if (!DELETE_MEMBERS.some((name) => members.has(name))) return;
  say.exercised();
  if (!members.has('preprocess_map_delete_element')) return;
  say.violated(
    event,
    'the delete callback is postprocess_map_delete_element',
    'the deprecated preprocess_map_delete_element is set',
  );
});
