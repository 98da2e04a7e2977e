/** The schema of a JSON config takes what the tool takes, and refuses what it refuses. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { checkDeclared } from '../harness/execute/config.ts';
import { schemaOf } from './check-report.ts';

const bySchema = new Ajv2020({ allowUnionTypes: true }).compile(schemaOf('config'));
const byTool = (config: unknown): boolean => {
  try {
    checkDeclared(config, 'it');
    return true;
  } catch {
    return false;
  }
};
const guid = '608c517c-6c52-4a26-b677-bb1c34425adf';

describe('a config', () => {
  it.each([
    [{}],
    [{ keySizes: [4], valueSizes: [4, 8], maxEntries: { min: 1, max: 64 }, actualValueSize: 8 }],
    [{ keys: 'below-max-entries', invalidValues: ['00ff', ''], duplicatesAllowed: false }],
    [
      {
        valueRelation: 'opaque',
        userLookup: 'EBPF_OPERATION_NOT_SUPPORTED',
        userUpdate: 'supported',
      },
    ],
    [{ deleteMayReject: true, programTypes: { accept: [guid], reject: [] }, restartable: false }],
    [{ reclamation: 'epoch', maxMaps: 3, mapTypeName: 'CPUMAP', strictness: 'document' }],
    [{ helpers: [{ id: 65537, arguments: ['map', 'key', 'destination', 'size'] }] }],
    [{ waivers: [{ id: 'REG-001', reason: 'x', cause: { kind: 'crash' } }] }],
  ])('%j is taken by both', (config) => {
    expect([bySchema(config), byTool(config)], JSON.stringify(bySchema.errors)).toEqual([
      true,
      true,
    ]);
  });

  it.each([
    [[]],
    [{ keySize: [4] }],
    [{ keySizes: 4 }],
    [{ keySizes: [-1] }],
    [{ maxEntries: { most: 3 } }],
    [{ actualValueSize: 1.5 }],
    [{ keys: 'any' }],
    [{ invalidValues: ['xyz'] }],
    [{ duplicatesAllowed: 'no' }],
    [{ valueRelation: 'same' }],
    [{ userLookup: '' }],
    [{ programTypes: { reject: [guid] } }],
    [{ programTypes: { accept: ['hash'] } }],
    [{ reclamation: 'later' }],
    [{ maxMaps: 2 ** 33 }],
    [{ helpers: [{ id: 1 }] }],
    [{ helpers: [{ id: 1, arguments: ['stack'] }] }],
    [{ strictness: 'some' }],
    [{ waivers: [{ id: 'REG-001' }] }],
    [{ waivers: [{ id: 'REG-001', reason: 'x', cause: {} }] }],
  ])('%j is refused by both', (config) => {
    expect([bySchema(config), byTool(config)]).toEqual([false, false]);
  });
});
