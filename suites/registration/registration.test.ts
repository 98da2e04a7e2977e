/** The registration chapter on right, wrong and empty runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { judged, traceOf } from '../chapter-proof.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash]);

describe('REG rules over literal traces', () => {
  const facts = {
    Version: 0,
    Length: 72,
    ProviderAttachClient: true,
    ProviderDetachClient: true,
    ProviderCleanupBindingContext: true,
    instance: { Version: 0, Size: 40, Number: 0 },
    NpiId: '3c2b0f4e-8b0e-4e5e-8e1b-7f4b1f0e1f0e',
    ModuleId: { Length: 24, Type: 1, Guid: 'x' },
    unreadable: null,
  };
  const header = (size: number) => ({ version: 1, size, total_size: size });
  const data = (members: string[], transforms: boolean) => ({
    header: header(48),
    map_type: 15,
    base_map_type: 1,
    base_properties: { header: header(25), updates_original_value: transforms },
    base_provider_table: { header: header(80), members },
  });
  const registered = (change: object, inert = false) => ({
    kind: 'registered' as const,
    registration: 'registration#1',
    status: 'STATUS_SUCCESS',
    inert,
    facts: {
      ...facts,
      data: data(
        ['preprocess_map_create', 'postprocess_map_delete', 'preprocess_associate_program_type'],
        false,
      ),
      ...change,
    },
  });
  const broken = (event: ReturnType<typeof registered>) =>
    judged(chapter, traceOf(event))
      .filter((one) => one.violations.length > 0)
      .map((one) => one.id);

  test('REG-008, REG-010 and REG-011 spare a provider without element callbacks that stores values as they are', () => {
    expect(broken(registered({}))).toEqual([]);
  });

  test('REG-010 asks a transforming provider for what it lacks', () => {
    expect(
      broken(
        registered({
          data: data(
            [
              'preprocess_map_create',
              'postprocess_map_delete',
              'preprocess_associate_program_type',
            ],
            true,
          ),
        }),
      ),
    ).toEqual(['REG-010']);
  });

  test('registrations under other NPI ids are judged by nobody', () => {
    expect(broken(registered({ Length: 0, data: null }, true))).toEqual([]);
  });

  test('REG-013 does not blame an attach in which an allocation failed', () => {
    const client = { data: header(40), table: header(80), dispatch_null: true };
    const entered = {
      kind: 'callback-entered' as const,
      callback: 'ProviderAttachClient',
      call: 1,
      op: 0,
      binding: 'binding#1',
      registration: 'registration#1',
      client,
    };
    const returned = {
      kind: 'callback-returned' as const,
      callback: 'ProviderAttachClient',
      call: 1,
      result: 'STATUS_NO_MEMORY',
      damage: [],
    };
    const failed = { kind: 'allocation-failed' as const, call: 1, number: 1, size: 64 };
    const ids = (...events: Parameters<typeof traceOf>) =>
      judged(chapter, traceOf(...events))
        .filter((one) => one.violations.length > 0)
        .map((one) => one.id);
    expect(ids(entered, failed, returned)).toEqual([]);
    expect(ids(entered, returned)).toEqual(['REG-013']);
  });
});
