/** The unload chapter on right, wrong and literal runs; its faults are in fixtures/. */
import { describe, expect, test } from 'vitest';
import objectHash from '../../fixtures/providers/object-hash.ts';
import { traceOf, verdictsBy } from '../chapter-proof.ts';
import {
  begun,
  bindingState,
  ended,
  entered,
  gone,
  mapCreated,
  mapDelete,
  registered,
  started,
} from '../literal-events.ts';
import { describeChapter } from '../whole-chapter.fixture.ts';
import { chapter } from './index.ts';

await describeChapter(chapter, [objectHash]);

const verdictOf = verdictsBy(chapter);

const deregister = (status: string) => ({
  kind: 'deregister' as const,
  registration: 'registration#1',
  status,
  bindings: 1,
});
const deregistered = { kind: 'deregistered' as const, registration: 'registration#1' };

describe('rules of runtimes', () => {
  test('UNLOAD-004 completes with the last map, and not before', () => {
    const pending = [...begun, deregister('STATUS_PENDING')];
    const whole = [...pending, ...mapDelete, gone, bindingState('cleaned'), deregistered];
    expect(verdictOf('UNLOAD-004', traceOf(...whole))).toEqual({ exercised: 1, saw: [] });
    expect(verdictOf('UNLOAD-004', traceOf(...pending, deregistered)).saw).toEqual([
      'map#1 still existed',
    ]);
    expect(verdictOf('UNLOAD-004', traceOf(...pending, ...mapDelete, gone)).saw).toEqual([
      'registration#1 was never complete',
    ]);
    expect(
      verdictOf('UNLOAD-004', traceOf(...begun, deregister('STATUS_SUCCESS'))).saw[0],
    ).toContain('1 map(s)');
  });

  test('UNLOAD-010 takes no client once it has begun', () => {
    const again = { op: 'create', map: 1 };
    const pending = [...begun, deregister('STATUS_PENDING'), started(2, again)];
    const refused = traceOf(...pending, ended(2, again, 'EBPF_EXTENSION_FAILED_TO_LOAD'));
    expect(verdictOf('UNLOAD-010', refused)).toEqual({ exercised: 1, saw: [] });
    const attached = traceOf(...pending, entered(5, 'ProviderAttachClient', 2));
    expect(verdictOf('UNLOAD-010', attached).saw).toEqual(['registration#1 was attached to']);
    const made = traceOf(
      ...pending,
      { ...mapCreated, map: 'map#2' },
      ended(2, again, 'EBPF_SUCCESS', { map: 'map#2' }),
    );
    expect(verdictOf('UNLOAD-010', made).saw).toEqual(['map#2 was created']);
  });
});

describe('UNLOAD-011, errors of the registrar', () => {
  const second = { ...registered, registration: 'registration#2' };
  const stopping = entered(1, 'stop', 1);
  const stopped = { kind: 'module' as const, what: 'stopped' };
  const refused = deregister('STATUS_INSUFFICIENT_RESOURCES');

  test('the provider whose deregistration failed may stay, others may not', () => {
    expect(verdictOf('UNLOAD-011', traceOf(registered, stopping, refused, stopped))).toEqual({
      exercised: 1,
      saw: [],
    });
    expect(
      verdictOf('UNLOAD-011', traceOf(registered, second, stopping, refused, stopped)).saw,
    ).toEqual(['registration#2 was left registered, and what failed was another one']);
  });

  test('it says nothing of a stop without errors', () => {
    const trace = traceOf(registered, second, stopping, deregister('STATUS_SUCCESS'), stopped);
    expect(verdictOf('UNLOAD-011', trace)).toEqual({ exercised: 0, saw: [] });
  });
});
