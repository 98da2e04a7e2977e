/** Monitors of the discovery chapter, one per rule. All judge the runtime, by what providers and callers see. */
import {
  CUSTOM_MAP_TYPES,
  DRAFT_FIRST_EXTENSION_MAP_TYPE,
  NATIVE_MAP_TYPES,
  mapTypeName,
} from '../../harness/abi/map-types.ts';
import type { SubjectContext, Watch } from '../../harness/index.ts';
import { together } from '../together.ts';
import { isEligible, watchCreations, type Creation } from './creation.ts';

const SUCCESS = 'EBPF_SUCCESS';

const isRegisteredCustom = (
  map_type: number,
  { enumHeader, revision }: SubjectContext,
): boolean => {
  if (map_type === 0 || NATIVE_MAP_TYPES.includes(map_type)) return false;
  if (revision === 'draft') return map_type >= DRAFT_FIRST_EXTENSION_MAP_TYPE;
  const given = Object.values(enumHeader?.ids ?? {});
  return CUSTOM_MAP_TYPES.includes(map_type) || given.includes(map_type);
};

const eligible = (creation: Creation) =>
  creation.offers.filter((offer) => isEligible(offer, creation.map_type));

/** No live provider is for this type at all, well formed or not. */
const nobodyFor = (creation: Creation): boolean =>
  !creation.unsettled &&
  creation.offers.every((offer) => !offer.changed && offer.map_type !== creation.map_type);

/** DISC-001: without a provider a custom map cannot be made. */
export const watchMissingProvider: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (!nobodyFor(creation)) return;
      if (!isRegisteredCustom(creation.map_type, trace.subject)) return;
      say.exercised();
      if (creation.result !== SUCCESS) return;
      say.violated(
        creation,
        `creation of a ${mapTypeName(creation.map_type)} map fails while no provider for it is registered`,
        'it succeeded',
      );
    },
  });

/** DISC-002: the missing provider has a result of its own. */
export const watchMissingProviderResult: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (!nobodyFor(creation) || creation.result === SUCCESS) return;
      if (!isRegisteredCustom(creation.map_type, trace.subject)) return;
      say.exercised();
      if (creation.result === 'EBPF_EXTENSION_FAILED_TO_LOAD') return;
      say.violated(
        creation,
        'a missing provider is answered with EBPF_EXTENSION_FAILED_TO_LOAD',
        `the creation was answered with ${creation.result}`,
      );
    },
  });

/** DISC-003: an id outside the enum is no map type, whoever registers for it. */
export const watchUnregisteredType: Watch = (say, trace) => {
  const { profile, kind } = trace.subject;
  const isOwn = (map_type: number): boolean => kind !== 'runtime' && map_type === profile.mapType;
  return watchCreations(trace, {
    ended: (creation) => {
      const { map_type } = creation;
      if (
        trace.subject.revision === 'draft' ||
        map_type === 0 ||
        NATIVE_MAP_TYPES.includes(map_type)
      )
        return;
      // A subject whose own id is not registered yet is tried all the same; that is the harness's doing.
      if (isRegisteredCustom(map_type, trace.subject) || isOwn(map_type)) return;
      if (!creation.offers.some((offer) => offer.map_type === map_type)) return;
      say.exercised();
      const expected = `creation of map type ${map_type}, which is not in the enum, fails and asks nobody`;
      if (creation.result === SUCCESS) say.violated(creation, expected, 'it succeeded');
      const [asked] = creation.attaches;
      if (asked) say.violated(asked, expected, `${asked.registration} was asked to attach`);
    },
  });
};

/** DISC-004: one attach per map instance, on demand, before preprocess_map_create. */
export const watchOnDemand: Watch = (say, trace) => {
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
      const attach = mine[0];
      if (attach && attach.seq > creation.creates[0]!.seq) {
        say.violated(
          creation,
          'the attach comes before preprocess_map_create',
          'preprocess_map_create came first',
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

/** DISC-005: a provider that came after a failed creation is found by the next one. */
export const watchNoNegativeCache: Watch = (say, trace) => {
  const failedAt = new Map<number, number>();
  return watchCreations(trace, {
    ended: (creation) => {
      const { map_type } = creation;
      const since = failedAt.get(map_type);
      const [first] = eligible(creation);
      if (nobodyFor(creation) && creation.result !== SUCCESS) failedAt.set(map_type, creation.seq);
      if (since === undefined || !first || creation.unsettled || first.since < since) return;
      say.exercised();
      const asked = first.own || creation.attaches.length > 0 || creation.bound !== null;
      if (creation.result === SUCCESS || asked) return;
      say.violated(
        creation,
        'a creation after the provider has registered finds it, although an earlier one did not',
        `the creation was answered with ${creation.result} and ${first.registration} was not asked to attach`,
      );
    },
  });
};

/** DISC-007: built-in types are no provider's business. */
export const watchNativeTypes: Watch = (say, trace) =>
  watchCreations(trace, {
    ended: (creation) => {
      if (!NATIVE_MAP_TYPES.includes(creation.map_type)) return;
      if (!creation.offers.some((offer) => offer.map_type === creation.map_type)) return;
      say.exercised();
      const [asked] = creation.attaches;
      if (!asked) return;
      say.violated(
        asked,
        `no map provider is asked for ${mapTypeName(creation.map_type)}, which the runtime implements itself`,
        `${asked.registration} was asked to attach`,
      );
    },
  });

/** DISC-008: what a failed creation attached is detached and cleaned up. */
export const watchNoResidue: Watch = (say, trace) => {
  const left = new Map<string, { cleaned: boolean; creation: Creation }>();
  const cleaned = new Set<string>();
  let torn = false;
  const creations = watchCreations(trace, {
    ended: (creation) => {
      if (creation.result === SUCCESS) return;
      for (const { binding, status } of creation.attaches) {
        if (status !== 'STATUS_SUCCESS') continue;
        say.exercised();
        left.set(binding, { cleaned: cleaned.has(binding), creation });
      }
    },
  });
  return together(
    {
      'binding-state': ({ binding, state }) => {
        if (state !== 'cleaned') return;
        cleaned.add(binding);
        const one = left.get(binding);
        if (one) one.cleaned = true;
      },
      lost: () => {
        torn = true;
      },
      'bound-reached': () => {
        torn = true;
      },
    },
    creations,
    {
      end: () => {
        if (torn) return;
        for (const [binding, { cleaned: isCleaned, creation }] of left) {
          if (isCleaned) continue;
          say.violated(
            creation,
            'the attach of a creation that failed is followed by detach and cleanup',
            `${binding} was attached for it and never cleaned up`,
          );
        }
      },
    },
  );
};

/** DISC-009: a live map stays with its provider. */
export const watchNoRebind: Watch = (say, trace) => {
  const home = new Map<string, { binding: string; map_type: number; late: boolean }>();
  const living = (map_type: number | null): boolean =>
    [...home.values()].some((map) => map.map_type === map_type);
  const creations = watchCreations(trace, {
    strayAttach: (event) => {
      if (home.size === 0) return;
      say.violated(
        event,
        'a provider that registers while maps live gets none of them',
        `${event.registration ?? 'a provider'} was asked to attach outside a creation ` +
          `while ${[...home.keys()].join(', ')} lived`,
      );
    },
  });
  const marked = (map_type: number | null): void => {
    if (!living(map_type)) return;
    for (const map of home.values()) if (map.map_type === map_type) map.late = true;
  };
  return together(creations, {
    registered: (event) => {
      if (!event.inert) marked(event.facts.data?.map_type ?? null);
    },
    'operation-ended': ({ operation }) => {
      if (operation.op === 'register_other')
        marked(operation.map_type ?? trace.subject.profile.mapType);
    },
    'map-created': ({ map, binding, map_type }) => {
      home.set(map, { binding, map_type, late: false });
    },
    'callback-entered': (event) => {
      const map = event.map === undefined ? undefined : home.get(event.map);
      if (!map || event.direct) return;
      if (map.late) say.exercised();
      if (event.binding === map.binding) return;
      say.violated(
        event,
        'a map stays with the provider it was bound to when it was created',
        `${event.callback} of ${event.map} was made through ${event.binding ?? 'no binding'}, not ${map.binding}`,
      );
    },
    'map-gone': ({ map }) => {
      home.delete(map);
    },
  });
};
