/** Traces as text: columns, bounds, and words of a subject that act on nothing. */
import { describe, expect, it } from 'vitest';
import { describeOperation } from './describe.ts';
import type { TraceEvent } from './event.ts';
import { lanes } from './lanes.ts';
import { printable, shortHex } from './printable.ts';

const event = (seq: number, actor: number, text = `step ${seq}`): TraceEvent => ({
  kind: 'log',
  call: 1,
  text,
  seq,
  actor,
});

describe('lanes', () => {
  it('gives each actor a column, and the runtime a whole line', () => {
    const trace: TraceEvent[] = [
      {
        kind: 'operation-started',
        op: 1,
        operation: { op: 'create', map: 0 },
        caller: 'user',
        process: 1,
        seq: 0,
        actor: 0,
      },
      {
        kind: 'operation-started',
        op: 2,
        operation: { op: 'delete', map: 0, key: 1 },
        caller: 'program',
        process: 0,
        seq: 1,
        actor: 1,
      },
      event(2, -1),
    ];
    expect(lanes(trace, { width: 60 })).toBe(
      [
        '       user#1                    │ program#2',
        '    0  ▶ create map 0            │',
        '    1                            │ ▶ delete map 0 key #1',
        '    2  runtime: log “step 2”',
      ].join('\n'),
    );
  });

  it('shows the surroundings of one event, marks it and says how much is left out', () => {
    const shown = lanes(
      Array.from({ length: 500 }, (_, seq) => event(seq, 0)),
      { around: 250, eventsMax: 8 },
    );
    expect(shown.split('\n')).toHaveLength(10);
    expect(shown).toMatch(/… 245 earlier events[\s\S]*\n> 250 [\s\S]*… 247 later events$/);
  });

  it.each([20, 60, 80, 200])('stays within %i columns, with any number of actors', (width) => {
    const trace = Array.from({ length: 24 }, (_, seq) => event(seq, seq % 12, 'x'.repeat(5_000)));
    for (const line of lanes(trace, { width }).split('\n'))
      expect([...line].length).toBeLessThanOrEqual(width);
  });

  it('is empty for an empty trace', () => {
    expect(lanes([])).toBe('');
  });
});

describe('printable', () => {
  it.each([
    ['\u001b[2J', '\\u{1b}[2J'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u202Eabc\u200b', '\\u{202e}abc\\u{200b}'],
    ['\ud800', '\\u{d800}'],
    ['größe 東京 🙂', 'größe 東京 🙂'],
  ])('%j becomes %j', (text, shown) => expect(printable(text)).toBe(shown));

  it('cuts long text, never within a character', () => {
    expect(printable('🙂🙂🙂', 3)).toBe('🙂… (4 more characters)');
  });

  it('shortens hex in its middle', () => {
    expect(shortHex('00'.repeat(40))).toBe(`${'00'.repeat(10)}…0000 (40 bytes)`);
  });
});

describe('describeOperation', () => {
  it.each([
    [
      { op: 'update', map: 0, key: 1, value: { invalid: 0 }, option: 'EBPF_EXIST' } as const,
      'update map 0 key #1 value invalid 0 (option=EBPF_EXIST)',
    ],
    [
      { op: 'call', map: 1, callback: 'preprocess_map_create', key: null, irql: 2 } as const,
      'call preprocess_map_create on map 1 key NULL (irql=2)',
    ],
    [
      { op: 'attach', binding: 2, client: { no_data: true } } as const,
      'attach client 2 (client=no_data true)',
    ],
    [{ op: 'stop' } as const, 'stop'],
  ])('%j', (operation, words) => expect(describeOperation(operation)).toBe(words));
});
