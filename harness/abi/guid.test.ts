import { expect, test } from 'vitest';
import * as guids from './guid.ts';

const { EBPF_MAP_INFO_EXTENSION_IID, guidFromBytes, guidToBytes, isGuid } = guids;

test('Data1 to Data3 are little endian in memory, Data4 is not', () => {
  expect(Buffer.from(guidToBytes(EBPF_MAP_INFO_EXTENSION_IID)).toString('hex')).toBe(
    '4e0f2b3c0e8b5e4e8e1b7f4b1f0e1f0e',
  );
});

test('every named GUID is well formed, unlike the others, and survives the way to memory and back', () => {
  const named = Object.entries<unknown>(guids).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  expect(named.length).toBeGreaterThan(10);
  expect(new Set(named.map(([, guid]) => guid)).size).toBe(named.length);
  for (const [name, guid] of named) {
    expect(isGuid(guid), name).toBe(true);
    expect(guidFromBytes(guidToBytes(guid)), name).toBe(guid);
  }
});

test.each([
  '',
  EBPF_MAP_INFO_EXTENSION_IID.toUpperCase(),
  `{${EBPF_MAP_INFO_EXTENSION_IID}}`,
  'not a guid',
])('%j is no GUID', (text) => {
  expect(isGuid(text)).toBe(false);
  expect(() => guidToBytes(text)).toThrow('is no GUID');
});

test('a GUID has sixteen bytes', () => {
  expect(isGuid(7)).toBe(false);
  expect(() => guidFromBytes(new Uint8Array(15))).toThrow('16 bytes, not 15');
});
