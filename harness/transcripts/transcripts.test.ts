/** The recorded behaviour that the repository carries, and what the command makes of bad input. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns } from './compare.ts';
import { differencesOf, EXIT, runTranscripts } from './command.ts';
import { replay } from './replay.ts';
import { readTranscripts, type Step, type Transcript } from './transcript.ts';

const recorded = ['scenarios', 'random', 'builtin-types'].map((name) =>
  join('fixtures/traces/eBPFCore', `${name}.jsonl`),
);

const command = (files: readonly string[]) => {
  const printed: string[] = [];
  const complained: string[] = [];
  const code = runTranscripts(
    files,
    (line) => printed.push(line),
    (line) => complained.push(line),
  );
  return { code, printed, complained };
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'transcripts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (text: string): string => {
  const file = join(folder, 'made.jsonl');
  writeFileSync(file, text);
  return file;
};

const first = (predicate: (transcript: Transcript) => boolean): Transcript =>
  recorded.flatMap((file) => readTranscripts(readFileSync(file, 'utf8'), file)).find(predicate)!;

describe('recorded eBPFCore behaviour', () => {
  it('is what the reference runtime does as shipped', () => {
    const { code, printed, complained } = command(recorded);
    expect(complained).toEqual([]);
    expect(printed).toEqual([expect.stringMatching(/^\d+ identical, 0 different$/)]);
    expect(Number.parseInt(printed[0]!)).toBeGreaterThan(400);
    expect(code).toBe(EXIT.identical);
  });

  it('differs in one transcript when one byte that was observed is changed', () => {
    const lines = readFileSync(recorded[0]!, 'utf8').trimEnd().split('\n');
    const at = lines.findIndex(
      (line) => line.includes('"ret":"EBPF_SUCCESS"') && line.includes('a4a7a6a1'),
    );
    const changed = lines[at]!.replace(/a4a7a6a1(?!.*a4a7a6a1)/, 'a4a7a6a2');
    expect(changed).not.toBe(lines[at]);
    const { code, printed } = command([
      fileOf([...lines.slice(0, at), changed, ...lines.slice(at + 1)].join('\n')),
    ]);
    expect(printed.at(-1)).toBe(`${lines.length - 1} identical, 1 different`);
    expect(printed[0]).toMatch(/step \d+ .*\n +expected .*\n +got /);
    expect(code).toBe(EXIT.different);
  });

  it('notices a change of every field that is compared', () => {
    const transcript = first(
      ({ id }) => id === '4.predel_rejects_EBPF_ACCESS_DENIED_uov1_null_nothing_user',
    );
    const { observed, validates, ...asked } = transcript;
    let changes = 0;
    for (const [path, put] of leaves(observed)) {
      const copy = structuredClone(observed);
      put(copy);
      const found = compareRuns(
        asked.steps,
        { observed: copy, validates },
        { observed, validates },
      );
      expect(found, path).not.toEqual([]);
      changes += 1;
    }
    expect(changes).toBeGreaterThan(200);
    expect(
      compareRuns(asked.steps, { observed, validates: ['INVALID'] }, { observed, validates })[0]
        ?.field,
    ).toMatch('validates');
  });

  it('does not show the replay what was observed', () => {
    const transcript = first(({ id }) => id === '7.two_maps_offsets');
    const emptied = transcript.observed.map(() => ({ result: 'OK', callbacks: [], out: null }));
    const found = differencesOf({
      ...transcript,
      observed: emptied,
      validates: ['INVALID', 'INVALID'],
    });
    expect(differencesOf(transcript)).toEqual([]);
    expect(found[0]).toMatchObject({ step: -1, got: 'VALID' });
    expect(found.find(({ field }) => field === 'callbacks' || field === 'result')).toBeDefined();
  });
});

/** Every leaf of a value with a function that changes it in a copy. */
const leaves = function* (
  value: unknown,
  path: (string | number)[] = [],
): Generator<[string, (copy: unknown) => void]> {
  if (typeof value === 'object' && value !== null) {
    for (const [name, below] of Object.entries(value)) {
      if (name !== 'anomalies') yield* leaves(below, [...path, name]);
    }
    return;
  }
  yield [
    path.join('.'),
    (copy) => {
      const parent = path
        .slice(0, -1)
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], copy);
      const changed =
        typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`;
      (parent as Record<string, unknown>)[path.at(-1)!] = changed;
    },
  ];
};

/** Callbacks of a run, step by step. */
const callbacksOf = (providers: object[], steps: [string, object][]): string[] =>
  replay({
    ...{ id: 'made', group: '' },
    providers: providers.map((more, at) => ({ p: `P${at + 1}`, type: 15, base: 1, ...more })),
    steps: steps.map(([op, args]) => ({ op, args })) as Step[],
  }).observed.map(({ result, callbacks }) =>
    [result, ...callbacks.map(({ name, args, wrote }) => `${name} ${who(args, wrote)}`)].join('; '),
  );

const who = (args: Record<string, unknown> | undefined, wrote: unknown): string =>
  String(args?.['binding'] ?? (wrote as { binding?: string } | undefined)?.binding);

describe('an attach that answers STATUS_PENDING', () => {
  it('fails the client, and its binding ends when the client goes', () => {
    const steps = callbacksOf(
      [{ attach: 'STATUS_PENDING' }],
      [
        ['register', { p: 'P1' }],
        ['create', { map: 'm' }],
        ['deregister', { p: 'P1' }],
      ],
    );
    expect(steps[1]).toBe(
      'EBPF_EXTENSION_FAILED_TO_LOAD; <nmr attach_client> b1; <nmr detach_client> b1; ' +
        '<nmr cleanup_binding> b1',
    );
    expect(steps[2]).toBe('COMPLETE');
  });

  it('holds its provider while a map of the next one lives', () => {
    const steps = callbacksOf(
      [{ attach: 'STATUS_PENDING' }, {}],
      [
        ['register', { p: 'P1' }],
        ['register', { p: 'P2' }],
        ['create', { map: 'm' }],
        ['deregister', { p: 'P1' }],
        ['close', { map: 'm' }],
        ['wait', { p: 'P1' }],
      ],
    );
    expect(steps.slice(2)).toEqual([
      'EBPF_SUCCESS; <nmr attach_client> b1; <nmr attach_client> b2; preprocess_map_create b2',
      'BLOCKED',
      'OK; postprocess_map_delete b2; <nmr detach_client> b1; <nmr cleanup_binding> b1; ' +
        '<nmr detach_client> b2; <nmr cleanup_binding> b2',
      'COMPLETE',
    ]);
  });
});

describe('the command', () => {
  const line = () => readFileSync(recorded[0]!, 'utf8').split('\n')[0]!;

  it.each([
    ['text that is no JSON', () => `${line()}\n{ "id":`, /made\.jsonl:2: the line is not JSON/],
    [
      'a JSON value that is no transcript',
      () => '[]',
      /made\.jsonl:1: no transcript, .*must be object/,
    ],
    ['a missing member', () => '{"id":"x","providers":[],"validates":[],"steps":[]}', /observed/],
    [
      'an unknown operation',
      () => line().replace('"op":"create"', '"op":"destroy"'),
      /\/steps\/\d+\/op must be equal to one of/,
    ],
    [
      'an answer too few',
      () => line().replace(/"observed":\[.*\]/, '"observed":[]'),
      /observed has 0 entries for/,
    ],
    [
      'bytes that are no hex',
      () => line().replace(/"steps":\[/, '"steps":[{"op":"delete","args":{"map":"m","key":"0g"}},'),
      /\/steps\/0\/args\/key/,
    ],
    [
      'a result that does not exist',
      () =>
        line()
          .replace(
            /"providers":\[.*?\]/,
            '"providers":[{"p":"P1","type":15,"base":1,"update_ret":"EBPF_MAYBE"}]',
          )
          .replace(/"validates":\[.*?\]/, '"validates":["VALID"]'),
      /EBPF_MAYBE/,
    ],
  ])('says in one sentence what is wrong with %s', (_what, text, expected) => {
    const { code, printed, complained } = command([fileOf(text())]);
    expect(complained).toHaveLength(1);
    expect(complained[0]).toMatch(expected);
    expect(complained[0]).not.toContain('\n');
    expect(printed).toEqual([]);
    expect(code).toBe(EXIT.malformed);
  });

  it('says that nothing was replayed when there is no line', () => {
    expect(command([fileOf('\n\n')])).toMatchObject({ code: EXIT.empty, printed: [] });
  });

  it('says that a file cannot be read', () => {
    const { code, complained } = command([join(folder, 'absent.jsonl')]);
    expect(complained[0]).toMatch(/absent\.jsonl: cannot be read, there is no such file/);
    expect(code).toBe(EXIT.malformed);
    expect(command([])).toMatchObject({ code: EXIT.malformed });
  });
});
