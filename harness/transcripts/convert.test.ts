/** Transcripts as traces: every one converts, reads as a trace, and shows what was observed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTrace, traceLines } from '../trace/codec.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { convert } from './convert.ts';
import { readTranscripts, type Transcript } from './transcript.ts';

const transcripts = ['scenarios', 'random', 'builtin-types'].flatMap((name) => {
  const file = `fixtures/traces/eBPFCore/${name}.jsonl`;
  return readTranscripts(readFileSync(file, 'utf8'), file);
});
const called = (id: string): Transcript => transcripts.find((one) => one.id === id)!;
const of = <K extends TraceEvent['kind']>(trace: readonly TraceEvent[], kind: K): EventOf<K>[] =>
  trace.filter((event): event is EventOf<K> => event.kind === kind);

describe('a converted transcript', () => {
  it('is a well-formed trace, for every transcript', () => {
    const header = { subject: 'runtime', name: 'eBPFCore', revision: 'merged' } as const;
    const traces = transcripts.map(convert);
    const text = [...traceLines(header, traces)].join('');
    expect(readTrace(text, 'converted').runs).toEqual(JSON.parse(JSON.stringify(traces)));
  });

  it('has every callback that was observed, and no other', () => {
    for (const transcript of transcripts) {
      const seen = transcript.observed.flatMap(({ callbacks }) => callbacks);
      const real = seen.filter(({ name }) => !name.startsWith('<reentrant'));
      const returned = of(convert(transcript), 'callback-returned');
      const byText = (a: string, b: string): number => (a < b ? -1 : 1);
      expect(returned.map(({ result }) => String(result)).sort(byText), transcript.id).toEqual(
        real.map(({ ret }) => String(ret)).sort(byText),
      );
    }
  });

  it('says for every callback of a map which one, also where its contexts are NULL', () => {
    const ofMaps = transcripts
      .flatMap(convert)
      .filter((event) => event.kind === 'callback-entered' && event.callback.includes('process_'));
    expect(ofMaps.length).toBeGreaterThan(3000);
    expect(ofMaps.filter((event) => !('map' in event && 'binding' in event))).toEqual([]);
  });

  it('puts a re-entrant operation inside the callback that carried it out', () => {
    const trace = convert(called('7.reenter_update_same_key_from_find'));
    const nested = of(trace, 'operation-started').find(({ caller }) => caller === 'provider')!;
    const update = of(trace, 'callback-entered').find(({ op }) => op === nested.op)!;
    const outer = of(trace, 'callback-entered').find(({ call }) => call === update.within)!;
    expect([nested.operation.op, update.callback, outer.callback]).toEqual([
      'update',
      'preprocess_map_update_element',
      'postprocess_map_find_element',
    ]);
  });

  it('ends maps after the operation that dropped their last reference', () => {
    const trace = convert(called('5.dereg_live_1'));
    const gone = of(trace, 'map-gone')[0]!;
    const closed = of(trace, 'operation-ended').find(({ operation }) => operation.op === 'close')!;
    const deleted = of(trace, 'callback-entered').find(
      ({ callback }) => callback === 'postprocess_map_delete',
    )!;
    expect(closed.seq).toBeLessThan(deleted.seq);
    expect(deleted.seq).toBeLessThan(gone.seq);
    expect(of(trace, 'deregister')[0]).toMatchObject({ status: 'STATUS_PENDING', bindings: 1 });
    expect(of(trace, 'deregistered')[0]!.seq).toBeGreaterThan(gone.seq);
  });

  it('is made of what was observed: another flag there is another flag here', () => {
    const transcript = structuredClone(called('5.dereg_live_1'));
    const callbacks = transcript.observed.flatMap((one) => one.callbacks);
    const cleanup = callbacks.find(({ args }) => args?.['flags'] === 4)!;
    cleanup.args!['flags'] = 6;
    expect(of(convert(transcript), 'callback-entered').some(({ flags }) => flags === 6)).toBe(true);
  });
});
