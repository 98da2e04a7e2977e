/**
 * Turns the references of a plan (key 3, value 5, invalid 0) into bytes, from profile, config and
 * module.
 */
import { DRAFT_FIRST_EXTENSION_MAP_TYPE, BPF_MAP_TYPE_MAX } from '../abi/map-types.ts';
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import type { Subject } from '../provider/port.ts';
import { HANDLE_STEP, SEEDED_HANDLES } from '../sim/kernel-objects.ts';
import type { RunData } from '../sim/core.ts';
import type { KeyRef, ValueRef } from '../trace/plan.ts';
import { fromHex } from '../trace/recorder.ts';

/**
 * Little-endian index, so that a key is below max_entries and distinct in every byte order that
 * matters.
 */
export const indexKey = (keySize: number, index: number): Uint8Array => {
  const key = new Uint8Array(keySize);
  let rest = index;
  for (let i = 0; i < keySize && rest > 0; i += 1, rest = Math.floor(rest / 256))
    key[i] = rest & 0xff;
  return key;
};

/** Plain distinct values for providers that take any bytes. */
export const plainValue = (valueSize: number, index: number): Uint8Array => {
  const value = new Uint8Array(valueSize);
  for (let i = 0; i < valueSize; i += 1) value[i] = (index * 37 + i * 11 + 5) & 0xff;
  if (valueSize > 0) value[0] = (index + 1) & 0xff;
  return value;
};

/** A small number in front of zeros; null when it does not fit. */
const numberValue = (valueSize: number, number: number): Uint8Array | null =>
  valueSize < 4 && number >= 256 ** valueSize ? null : indexKey(valueSize, number);

/** Handles that the host seeds for the process of the operations; there is an end to them. */
const handleValue = (valueSize: number, index: number): Uint8Array | null =>
  index < SEEDED_HANDLES ? numberValue(valueSize, HANDLE_STEP * (index + 1)) : null;

const asBytes = (value: Uint8Array | string): Uint8Array =>
  typeof value === 'string' ? fromHex(value) : value;

/**
 * The data of one run. Values made by the module are released by `release` when the run is over.
 */
export const makeRunData = (
  profile: Profile,
  declared: DeclaredProfile | null,
  subject: Subject,
): { data: RunData; release: () => void } => {
  const made = new Map<string, Uint8Array>();
  const preferred = profile.accepted[0];
  const keyAt = (keySize: number, index: number): Uint8Array => {
    const bytes = typeof declared?.keys === 'function' ? declared.keys(keySize, index) : null;
    return bytes instanceof Uint8Array && bytes.length === keySize
      ? bytes
      : indexKey(keySize, index);
  };
  const valueAt = (valueSize: number, index: number): Uint8Array | null => {
    const name = `${valueSize}:${index}`;
    const known = made.get(name);
    if (known) return known;
    let bytes: Uint8Array | null;
    if (profile.values === 'config' && declared?.values) bytes = declared.values(valueSize, index);
    else if (profile.values === 'module' && subject.makeValue) {
      bytes = subject.makeValue(profile.mapType, valueSize, index);
    } else if (profile.values === 'handles') bytes = handleValue(valueSize, index);
    else if (profile.values === 'numbers') bytes = numberValue(valueSize, index + 1);
    else bytes = plainValue(valueSize, index);
    if (!(bytes instanceof Uint8Array) || bytes.length !== valueSize) return null;
    made.set(name, bytes.slice());
    return bytes;
  };
  const key = (ref: KeyRef, keySize: number): Uint8Array | null => {
    if (ref === null) return null;
    return typeof ref === 'string' ? fromHex(ref) : keyAt(keySize, ref + profile.keysRefused);
  };
  const value = (ref: ValueRef, valueSize: number): Uint8Array | null => {
    if (ref === null) return null;
    if (typeof ref === 'string') return fromHex(ref);
    if (typeof ref === 'number') return valueAt(valueSize, ref);
    if ('invalid' in ref) {
      const bytes = declared?.invalidValues?.[ref.invalid] ?? profile.invalidValues[ref.invalid];
      return bytes === undefined ? null : asBytes(bytes);
    }
    return null;
  };
  const own = profile.mapType;
  const isNew = own >= BPF_MAP_TYPE_MAX && own < 0xffff_0000;
  return {
    data: {
      mapType: own,
      keySize: preferred?.key ?? profile.keySizes[0] ?? 4,
      valueSize: preferred?.value ?? profile.valueSizes[0] ?? 4,
      maxEntries: Math.min(Math.max(8, profile.maxEntries.min), profile.maxEntries.max),
      key,
      value,
      relation: typeof declared?.valueRelation === 'function' ? declared.valueRelation : null,
      extraTypes: isNew && own !== DRAFT_FIRST_EXTENSION_MAP_TYPE - 1 ? [own] : [],
      helpers: profile.helpers,
    },
    release: () => {
      if (profile.values !== 'module' || !subject.releaseValue) return;
      for (const bytes of made.values()) subject.releaseValue(own, bytes);
    },
  };
};

/** The bytes at another length: cut off, or with zeroes behind. */
export const resized = (bytes: Uint8Array, size: number): Uint8Array => {
  if (bytes.length === size) return bytes;
  const made = new Uint8Array(size);
  made.set(bytes.subarray(0, size));
  return made;
};

/** Bytes of a key where no profile says more: null is NULL. */
export const keyBytes = (key: KeyRef, size: number): Uint8Array | null =>
  key === null ? null : typeof key === 'string' ? fromHex(key) : indexKey(size, key);

/** Bytes of a value where no profile says more. */
export const valueBytes = (value: ValueRef, size: number): Uint8Array =>
  typeof value === 'string'
    ? fromHex(value)
    : plainValue(size, typeof value === 'number' ? value : 0);
