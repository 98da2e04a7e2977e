/** The profile a probe starts from, and what a declaration alone says. */
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import { toHex } from '../trace/recorder.ts';

const sizes = (list: number[] | undefined): number[] =>
  (list ?? []).filter((size) => Number.isInteger(size) && size >= 0);

/** The result that a declaration names; null where it says that there is none. */
const refusalOf = (result: string | undefined): string | null =>
  result === undefined || result === 'supported' ? null : result;

/** Everything unknown, with the members that a declaration fixes. */
export const bootstrapProfile = (declared: DeclaredProfile | null): Profile => {
  const keySizes = sizes(declared?.keySizes);
  const valueSizes = sizes(declared?.valueSizes);
  const profile: Profile = {
    mapType: 0,
    updatesOriginalValue: false,
    deleteStyle: 'none',
    hasFind: false,
    hasUpdate: false,
    tableSize: 80,
    keySizes,
    valueSizes,
    accepted: [],
    maxEntries: {
      min: declared?.maxEntries?.min ?? 1,
      max: declared?.maxEntries?.max ?? 1_000_000,
    },
    keysBelowMaxEntries: declared?.keys === 'below-max-entries',
    keysRefused: 0,
    values: declared?.values ? 'config' : 'none',
    invalidValues: (declared?.invalidValues ?? []).map((bytes) =>
      typeof bytes === 'string' ? bytes : toHex(bytes),
    ),
    duplicatesAllowed: declared?.duplicatesAllowed ?? null,
    valueRelation:
      typeof declared?.valueRelation === 'function'
        ? 'function'
        : (declared?.valueRelation ?? null),
    userLookup: declared?.userLookup ?? null,
    userUpdate: refusalOf(declared?.userUpdate),
    deleteMayReject: declared?.deleteMayReject ?? false,
    programTypes: declared?.programTypes
      ? {
          accept: declared.programTypes.accept.map((guid) => guid.toLowerCase()),
          reject: (declared.programTypes.reject ?? []).map((guid) => guid.toLowerCase()),
          restricted: true,
        }
      : null,
    restartable: declared?.restartable ?? null,
    reclamation: declared?.reclamation ?? 'epoch',
    maxMaps: declared?.maxMaps ?? null,
    helpers: declared?.helpers ?? [],
    countsResources: false,
    nullContext: null,
    mapTypeName: declared?.mapTypeName ?? null,
    strictness: declared?.strictness ?? 'document',
    source: {},
  };
  for (const name of Object.keys(declared ?? {})) profile.source[name] = 'declared';
  return profile;
};
