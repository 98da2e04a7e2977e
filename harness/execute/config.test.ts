/** Every key of a configuration is checked, and a slip of the pen is named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../errors/errors.ts';
import { checkDeclared, loadConfig, splitDeclared } from './config.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mapcert-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

const refused = (found: unknown): string => {
  try {
    checkDeclared(found, '"a.json"');
  } catch (reason) {
    expect(reason).toBeInstanceOf(UsageError);
    return (reason as UsageError).message;
  }
  return 'accepted';
};

describe('a profile', () => {
  it('names the nearest key for an unknown one', () => {
    expect(refused({ keysizes: [4] })).toBe(
      'Unknown key "keysizes" in "a.json": did you mean "keySizes"?',
    );
    expect(refused({ restartble: true })).toMatch(/did you mean "restartable"/);
  });

  it.each([
    [{ keySizes: 4 }, '"keySizes" in "a.json" is 4: expected a list of sizes in bytes.'],
    [{ maxEntries: { most: 3 } }, /expected \{ min, max \}/],
    [{ values: 'x' }, /expected \(valueSize, index\) => Uint8Array/],
    [{ keys: 'any' }, /or "below-max-entries"/],
    [{ invalidValues: ['0g'] }, /hex text/],
    [{ programTypes: { accept: ['x'] } }, /lists of GUIDs/],
    [{ helpers: [{ id: 1, arguments: ['maps'] }] }, /arguments out of map, key/],
    [{ waivers: [{ id: 'REG-001' }] }, /\{ id, reason, expires\?, reading\?, cause\? \}/],
    [{ reclamation: 'later' }, /"immediate", "epoch" or "deferred"/],
    [[], /must be an object of profile keys/],
  ])('says of %j which key and what was expected', (found, sentence) => {
    expect(refused(found)).toMatch(sentence);
  });

  it('takes every documented key', () => {
    const whole = {
      keySizes: [4],
      valueSizes: [4, 8],
      maxEntries: { min: 1, max: 64 },
      actualValueSize: () => 8,
      keys: 'below-max-entries',
      values: () => new Uint8Array(4),
      invalidValues: ['00ff', new Uint8Array([1])],
      duplicatesAllowed: true,
      valueRelation: 'opaque',
      userLookup: 'EBPF_OPERATION_NOT_SUPPORTED',
      deleteMayReject: false,
      programTypes: { accept: ['f788ef4a-207d-4dc3-85cf-0f2ea107213c'] },
      restartable: true,
      reclamation: 'deferred',
      maxMaps: 3,
      helpers: [{ id: 65537, arguments: ['map', 'key', 'destination', 'size'] }],
      strictness: 'as-shipped',
      waivers: [
        { id: 'REG-001', reason: 'known', expires: '2027-01-01', reading: 'as-shipped' },
        { id: 'REG-001', reason: 'known', cause: { kind: 'crash' } },
      ],
    };
    const declared = checkDeclared(whole, 'x');
    expect(declared.invalidValues).toEqual([new Uint8Array([0, 255]), new Uint8Array([1])]);
    expect(splitDeclared(declared).functions).toEqual(['actualValueSize', 'values']);
    expect(splitDeclared(declared).data).not.toHaveProperty('values');
  });
});

describe('a configuration file', () => {
  it('is found next to the subject, or named', async () => {
    const subject = path.join(folder, 'subject.mjs');
    expect(await loadConfig(null, subject)).toBeNull();
    const named = write('other.json', '{"maxMaps": 2}');
    expect(await loadConfig(named, subject)).toEqual({ maxMaps: 2 });
    write('mapcert.config.mjs', 'export default { maxMaps: 3 };');
    expect(await loadConfig(null, subject)).toEqual({ maxMaps: 3 });
  });

  it.each([
    ['none.json', null, /There is no configuration file/],
    ['broken.json', '{', /"broken.json" could not be read: /],
    ['empty.mjs', 'export const a = 1;', /has no default export/],
    ['throws.mjs', 'throw new Error("no");', /"throws.mjs" could not be read: no/],
  ])('%s is refused', async (name, text, sentence) => {
    const file = text === null ? path.join(folder, name) : write(name, text);
    await expect(loadConfig(file, 'x')).rejects.toThrow(sentence);
  });
});
