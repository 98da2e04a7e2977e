import { expect, test } from 'vitest';
import {
  BPF_MAP_TYPE_MAX,
  BPF_MAP_TYPES,
  CUSTOM_MAP_TYPES,
  LINUX_MAP_TYPES,
  linuxNameOf,
  mapTypeId,
  mapTypeName,
  NATIVE_MAP_TYPES,
} from './map-types.ts';

test('the enum ends at 17, and native and custom types share out everything but UNSPEC', () => {
  expect(BPF_MAP_TYPE_MAX).toBe(17);
  expect([0, ...NATIVE_MAP_TYPES, ...CUSTOM_MAP_TYPES]).toEqual(
    BPF_MAP_TYPES.map((_name, id) => id),
  );
});

test('names and ids translate both ways, and a foreign id keeps its number', () => {
  for (const [id, name] of BPF_MAP_TYPES.entries()) {
    expect(mapTypeId(name)).toBe(id);
    expect(mapTypeName(id)).toBe(name);
  }
  expect(mapTypeName(4096)).toBe('map type 4096');
  expect(mapTypeId('BPF_MAP_TYPE_CPUMAP')).toBeUndefined();
});

test('ENUM-005 the Linux numbers listed are all different from the Windows ones', () => {
  for (const [name, linuxId] of Object.entries(LINUX_MAP_TYPES)) {
    expect(mapTypeId(name), name).not.toBe(linuxId);
  }
  expect(linuxNameOf(17)).toBe('BPF_MAP_TYPE_XSKMAP');
  expect(linuxNameOf(1)).toBeUndefined();
});
