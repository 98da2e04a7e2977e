/** Trace files: what is written is read again, and what does not fit is refused with its line. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors/errors.ts';
import { readTrace, traceLines, TRACE_MAX, type TraceHeader } from './codec.ts';
import type { TraceEvent } from './event.ts';

const header: Omit<TraceHeader, 'schema'> = {
  subject: 'runtime',
  name: 'made',
  revision: 'merged',
};

const started = (seq = 0): TraceEvent => ({
  kind: 'run-started',
  seq,
  actor: 0,
  plan: 'a plan',
  probes: [],
  conditions: {},
  choices: 0,
});
const ended = (seq: number): TraceEvent => ({
  kind: 'run-ended',
  seq,
  actor: -1,
  operations: 0,
  callbacks: 0,
});
const gone = (seq: number): TraceEvent => ({
  kind: 'deregistered',
  seq,
  actor: 0,
  registration: 'registration#1',
});

const written = (...runs: TraceEvent[][]): string => [...traceLines(header, runs)].join('');
const whole = (): string[] =>
  written([started(), gone(1), ended(2)])
    .trimEnd()
    .split('\n');

/** The sentence that a changed file is refused with. */
const refused = (change: (lines: string[]) => string[]): string => {
  try {
    readTrace(change(whole()).join('\n'), 'made.jsonl');
  } catch (reason) {
    expect(reason).toBeInstanceOf(UsageError);
    return (reason as Error).message;
  }
  return 'not refused';
};

const replaced = (at: number, text: string) => (lines: string[]) =>
  lines.map((line, index) => (index === at ? text : line));

describe('a trace file', () => {
  it('is read as it was written, run by run', () => {
    const runs = [
      [started(), ended(1)],
      [started(), gone(1), ended(2)],
    ];
    const read = readTrace(written(...runs), 'made.jsonl');
    expect(read.header).toEqual({ schema: 'custom-map-conformance/trace@1', ...header });
    expect(read.runs).toEqual(runs);
  });

  it('may have empty lines', () => {
    expect(refused((lines) => lines.flatMap((line, index) => (index ? ['', line] : [line])))).toBe(
      'not refused',
    );
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['is empty', () => [], /^made\.jsonl:1: the file is empty/],
    ['has no header', (lines) => lines.slice(1), /^made\.jsonl:1: no header of a trace/],
    ['has a foreign header', replaced(0, '{"schema":"other@1"}'), /^made\.jsonl:1: no header/],
    [
      'says more than a header says',
      replaced(0, JSON.stringify({ schema: 'custom-map-conformance/trace@1', ...header, also: 1 })),
      /also/,
    ],
    [
      'is torn after a line',
      (lines) => lines.slice(0, -1),
      /^made\.jsonl:4: the trace is torn: it does not end with/,
    ],
    [
      'is torn in a run',
      (lines) => [...lines.slice(0, 3), lines.at(-1)!],
      /^made\.jsonl:4: the trace is torn: its last run/,
    ],
    ['is torn in a line', replaced(2, '{"kind":"deregis'), /^made\.jsonl:3: the line is not JSON/],
    [
      'lost an event',
      (lines) => [lines[0]!, lines[1]!, ...lines.slice(3)],
      /^made\.jsonl:3: .*seq 2 where 1 is due/,
    ],
    ['counts wrongly', replaced(4, '{"end":true,"events":9}'), /^made\.jsonl:5: .*"events":3/],
    [
      'goes on after its end',
      (lines) => [...lines, lines[1]!],
      /^made\.jsonl:6: something follows/,
    ],
    [
      'has an unknown event',
      replaced(2, '{"kind":"toString","seq":1,"actor":0}'),
      /^made\.jsonl:3: "toString" is no kind/,
    ],
    [
      'has an event without a member',
      replaced(2, '{"kind":"deregistered","seq":1,"actor":0}'),
      /^made\.jsonl:3: no event deregistered, .*registration/,
    ],
    ['has no object in a line', replaced(2, '[]'), /^made\.jsonl:3: the line is no JSON object/],
    [
      'has an event outside a run',
      (lines) => [lines[0]!, lines[2]!],
      /^made\.jsonl:2: the event stands outside/,
    ],
    [
      'starts a run in a run',
      replaced(2, JSON.stringify(started(1))),
      /^made\.jsonl:3: a run starts before/,
    ],
    [
      'returns from nowhere',
      replaced(
        2,
        '{"kind":"callback-returned","seq":1,"actor":0,"call":7,"callback":"stop",' +
          '"result":null,"irql":0,"epoch_depth":0,"damage":[]}',
      ),
      /call 7 returns and was never entered/,
    ],
    [
      'has a line beyond all bounds',
      replaced(2, 'x'.repeat(TRACE_MAX.lineCharacters + 1)),
      /^made\.jsonl:3: the line has more than/,
    ],
  ])('that %s is refused', (_what, change, sentence) => {
    expect(refused(change)).toMatch(sentence);
  });

  it('that says hostile things is refused in harmless words', () => {
    const said = refused(replaced(2, '{"kind":"\\u001b[2J","seq":1,"actor":0}'));
    expect(said).toMatch(/is no kind of event/);
    expect(said).not.toContain('\u001b');
  });
});
