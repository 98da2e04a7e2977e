/**
 * Map creation as eBPFCore does it: type, discovery among providers, preprocess_map_create, checks
 * (docs/contract/REGISTRAR.md).
 */
import { NATIVE_MAP_TYPES, BPF_MAP_TYPE_MAX, BPF_MAP_TYPE_HASH } from '../abi/map-types.ts';
import type { ClientPresentation } from '../provider/port.ts';
import type { Thread } from '../provider/thread.ts';
import type { MapDefinition, MapParts } from './bound-map.ts';
import { CustomMap, type Answer, type Phases } from './custom-map.ts';
import { createNative, type CreationExtras } from './native-types.ts';
import type { NmrRegistrar } from './nmr.ts';
import { isKept, recordChange, type Binding } from './registered.ts';
import { effectiveMembers, isRefusedByReading, missingCrud, validationError } from './validate.ts';

/** What creation needs of the runtime. */
export type CreationParts = MapParts & {
  nmr: NmrRegistrar;
  /** Ids that count as custom although the bundled enum does not know them. */
  extraTypes: ReadonlySet<number>;
  draft: boolean;
  present: (binding: Binding) => ClientPresentation;
  /** ClientBindingContext where it is not the usual one. */
  clientContext?: bigint | undefined;
  moduleId: () => string;
  nextVersion: () => number;
};

/** Tables of more elements than this cannot be had: as shipped, NO_MEMORY (transcripts, 3). */
const elementsMax = 0x7fff_ffff;
/** Elements larger than this cannot be had either: no buffer for an update could be allocated. */
const valueBytesMax = 0x0100_0000;
const draftFirstExtensionId = 4096;

/** A native type's answer where custom maps are not involved; null: the type is custom. */
export const answerForType = (
  parts: Pick<CreationParts, 'draft' | 'extraTypes'>,
  definition: MapDefinition,
  extras: CreationExtras = {},
): Answer | null => {
  const { map_type } = definition;
  if (parts.draft) {
    if (map_type >= draftFirstExtensionId) return null;
    if (map_type >= BPF_MAP_TYPE_MAX) return { result: 'EBPF_INVALID_ARGUMENT' };
  } else if (map_type >= BPF_MAP_TYPE_MAX && !parts.extraTypes.has(map_type)) {
    return { result: 'EBPF_INVALID_ARGUMENT' };
  }
  const custom = map_type !== 0 && !NATIVE_MAP_TYPES.includes(map_type);
  return custom ? null : { result: createNative(definition, extras) };
};

/** Creates a custom map; the map is in the answer only when creation succeeded. */
export function* createCustomMap(
  parts: CreationParts,
  thread: Thread,
  definition: MapDefinition,
  label: string,
): Phases<Answer & { made?: CustomMap }> {
  yield;
  const pending: Binding[] = [];
  const found = discover(parts, thread, definition.map_type, pending);
  if (!found) {
    releaseAll(parts, thread, pending);
    return { result: 'EBPF_EXTENSION_FAILED_TO_LOAD' };
  }
  const { binding, members, transforms } = found;
  const map = new CustomMap(parts, {
    label,
    definition,
    binding,
    pendingBindings: pending,
    table: binding.registered.registration.table(),
    transforms,
    process: thread.process,
    nextVersion: parts.nextVersion,
  });
  yield;
  const result = prepare(parts, thread, map, members);
  yield;
  if (result !== 'EBPF_SUCCESS') {
    releaseAll(parts, thread, [...pending, binding]);
    return { result };
  }
  parts.recorder.actor = thread.actor;
  parts.recorder.record({
    kind: 'map-created',
    map: label,
    binding: binding.label,
    registration: binding.registered.label,
    ...definition,
    actual_value_size: map.actualValueSize,
    context: map.labelOf(map.context),
  });
  return { result, made: map };
}

const releaseAll = (parts: CreationParts, thread: Thread, bindings: readonly Binding[]): void => {
  for (const binding of bindings) parts.nmr.bindings.release(thread, binding);
};

/**
 * The first registered provider that fits and accepts (REG-019, REG-020, DUP-002). Bindings that
 * did not succeed but that the registrar keeps until the client goes end in `pending`.
 */
const discover = (
  parts: CreationParts,
  thread: Thread,
  map_type: number,
  pending: Binding[],
): { binding: Binding; members: ReadonlySet<string>; transforms: boolean } | null => {
  for (const registered of parts.nmr.offers()) {
    recordChange(parts.recorder, registered, 'map creation');
    const { data } = registered.registration.facts();
    if (validationError(data) !== null || !data) continue;
    if (data.map_type !== map_type || data.base_map_type !== BPF_MAP_TYPE_HASH) continue;
    if (isRefusedByReading(data, parts.dialect)) continue;
    const { binding, status } = parts.nmr.bindings.attach(thread, registered, {
      client: parts.present,
      moduleId: parts.moduleId(),
      bare: false,
      clientContext: parts.clientContext,
    });
    if (status === 'STATUS_SUCCESS') {
      return {
        binding,
        members: effectiveMembers(data),
        transforms: data.base_properties?.updates_original_value ?? false,
      };
    }
    if (isKept(status)) pending.push(binding);
  }
  return null;
};

/** preprocess_map_create and the checks around it; what must be undone is undone. */
const prepare = (
  parts: CreationParts,
  thread: Thread,
  map: CustomMap,
  members: ReadonlySet<string>,
): string => {
  const { dialect } = parts;
  const lacking = map.transforms ? missingCrud(members) : [];
  if (lacking.length && !dialect.crudCheckedAfterCreate) return 'EBPF_INVALID_ARGUMENT';
  const { map_type, key_size, value_size, max_entries } = map.definition;
  const outcome = map.invoke(thread, 'preprocess_map_create', {
    map_type,
    create_key_size: key_size,
    create_value_size: value_size,
    max_entries,
  });
  map.context = outcome.map_context ?? null;
  map.actualValueSize = outcome.actual_value_size ?? 0;
  if (outcome.result !== 'EBPF_SUCCESS') {
    if (map.context !== null && dialect.deleteAfterFailedCreate) {
      map.invoke(thread, 'postprocess_map_delete', {});
    }
    return 'EBPF_EXTENSION_FAILED_TO_LOAD';
  }
  const sizesFit =
    map.actualValueSize !== 0 && (map.transforms || map.actualValueSize === value_size);
  const result =
    !sizesFit || lacking.length
      ? 'EBPF_INVALID_ARGUMENT'
      : (max_entries > elementsMax && dialect.tableSizedByMaxEntries) ||
          map.actualValueSize > valueBytesMax
        ? 'EBPF_NO_MEMORY'
        : 'EBPF_SUCCESS';
  if (result !== 'EBPF_SUCCESS' && map.context !== null) {
    map.invoke(thread, 'postprocess_map_delete', {});
  }
  return result;
};
