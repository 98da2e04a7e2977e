/** The profile of a recorded provider: what the recording declares, completed by what it shows. */
import type { SubjectContext } from '../check/subject.ts';
import { UsageError } from '../errors/errors.ts';
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import { printable } from '../trace/printable.ts';
import type { TraceEvent } from '../trace/event.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { contextOfTrace } from '../runtime/runtime-context.ts';

/** Members of a declared profile that are data; functions cannot stand in a recording. */
const declarable: Readonly<Record<string, (value: unknown) => boolean>> = {
  keySizes: Array.isArray,
  valueSizes: Array.isArray,
  maxEntries: (value) => typeof value === 'object' && value !== null,
  duplicatesAllowed: (value) => typeof value === 'boolean',
  valueRelation: (value) => value === 'identity' || value === 'opaque',
  userLookup: (value) => typeof value === 'string',
  userUpdate: (value) => typeof value === 'string',
  deleteMayReject: (value) => typeof value === 'boolean',
  programTypes: (value) => Array.isArray((value as { accept?: unknown } | null)?.accept),
  restartable: (value) => typeof value === 'boolean',
  reclamation: (value) => ['immediate', 'epoch', 'deferred'].includes(String(value)),
  maxMaps: (value) => Number.isSafeInteger(value),
  mapTypeName: (value) => typeof value === 'string',
};

/**
 * What the header of a recording declares. Throws UsageError for members that are no data of a
 * profile.
 */
export const declaredIn = (profile: Record<string, unknown>, file: string): DeclaredProfile => {
  for (const [name, value] of Object.entries(profile)) {
    if (Object.hasOwn(declarable, name) && declarable[name]!(value)) continue;
    throw new UsageError(
      `${file}:1: the profile member ${printable(name, 60)} is not one that a recording can declare; ` +
        `use ${Object.keys(declarable).join(', ')}`,
    );
  }
  return profile as DeclaredProfile;
};

const uniqueNumbers = (list: readonly number[]): number[] =>
  [...new Set(list)].sort((a, b) => a - b);

/** The context that the rules of a recorded provider are judged in. */
export const contextOfProvider = (
  runs: readonly (readonly TraceEvent[])[],
  declared: DeclaredProfile,
  revision: SubjectContext['revision'],
): SubjectContext => {
  const events = runs.flat();
  const shown = contextOfTrace(events, revision, 'recorded');
  const base = bootstrapProfile(declared);
  const made = events.flatMap((event) => (event.kind === 'map-created' ? [event] : []));
  const accepted = made.map(({ key_size, value_size, actual_value_size }) => ({
    key: key_size,
    value: value_size,
    actual: actual_value_size,
  }));
  const isFound = events.some(
    (event) =>
      event.kind === 'operation-ended' &&
      event.operation.op === 'find' &&
      event.result === 'EBPF_SUCCESS',
  );
  const { mapType, updatesOriginalValue, hasFind, hasUpdate, deleteStyle, tableSize } =
    shown.profile;
  const profile: Profile = {
    ...base,
    ...{ mapType, updatesOriginalValue, hasFind, hasUpdate, deleteStyle, tableSize },
    keySizes: base.keySizes.length ? base.keySizes : uniqueNumbers(accepted.map(({ key }) => key)),
    valueSizes: base.valueSizes.length
      ? base.valueSizes
      : uniqueNumbers(accepted.map(({ value }) => value)),
    accepted: accepted.filter(
      (one, index) =>
        accepted.findIndex(({ key, value }) => key === one.key && value === one.value) === index,
    ),
    values: 'generated',
    userLookup: base.userLookup ?? (isFound ? 'supported' : null),
  };
  return { ...shown, profile };
};
