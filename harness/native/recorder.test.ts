/** The recorder header cmc_trace.h: compiled, run, and its trace judged. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAPTERS } from '../../suites/catalogue.ts';
import { EBPF_RESULTS } from '../abi/result.ts';
import { judgeRecording } from '../run/judge-recording.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import { readTrace, type RecordedTrace } from '../trace/codec.ts';
import { findCompiler } from './compiler.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mapcert-recorder-'));
const program = join(folder, 'record-life');
const include = `-I${join(project, 'harness/native/include')}`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compile = (compiler: readonly string[], more: readonly string[]): void => {
  const [command = '', ...options] = compiler;
  execFileSync(
    command,
    [...options, '-Wall', '-Wextra', '-Werror', '-pedantic', include, ...more],
    { stdio: 'pipe' },
  );
};

beforeAll(() => {
  const source = join(project, 'harness/native/recorder/test/record-life.c');
  compile(findCompiler().command, ['-std=c11', source, '-o', program]);
});

const said = (kind: string): string => execFileSync(program, [kind], { encoding: 'utf8' });
const recorded = (kind: string): RecordedTrace => readTrace(said(kind), `${kind}.jsonl`);
const rowsOf = (kind: string): RequirementRecord[] =>
  judgeRecording(recorded(kind), { chapters: [...CHAPTERS], selected: null }, null).rows;

describe('cmc_trace.h', () => {
  it('writes a trace that is read and judged', () => {
    const { header, runs } = recorded('right');
    expect(header).toMatchObject({ subject: 'runtime', name: 'recorded life' });
    expect(header.untold).toEqual({ 'PROC-001': 'the recorder "sees" no processes' });
    expect(runs.map((run) => run.length)).toEqual([39]);
    const rows = rowsOf('right');
    expect(rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')).toEqual([]);
    const passed = rows.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
    expect(passed).toEqual(
      expect.arrayContaining([
        'DISC-004',
        'CRE-001',
        'ABI-010',
        'CRUD-UPD-001',
        'CRUD-FIND-001',
        'CRUD-DEL-003',
        'LIFE-010',
      ]),
    );
    expect(rows.find(({ id }) => id === 'PROC-001')?.verdict).toBe('not-selected');
  });

  it('records what a wrong runtime does', () => {
    const failed = rowsOf('wrong').filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ id }) => id)).toEqual(['CRUD-FIND-001']);
    expect(failed[0]?.message).toContain('a lookup of a key that was never stored');
  });

  it('leaves a torn trace when a line does not fit its buffer', () => {
    const { status, stdout } = spawnSync(program, ['narrow'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(() => readTrace(stdout, 'narrow.jsonl')).toThrow(/the trace is torn/);
  });

  it('names results as the contract does', () => {
    expect(said('names').trimEnd().split('\n')).toEqual([...EBPF_RESULTS, 'not a result']);
  });

  it('needs neither a C library nor C', () => {
    const unit = join(folder, 'unit.cpp');
    writeFileSync(unit, '#include "cmc_trace.h"\ncmc_trace_t trace;\n');
    const object = ['-o', join(folder, 'unit.o')];
    compile(findCompiler().command, [
      '-x',
      'c',
      '-std=c99',
      '-ffreestanding',
      '-c',
      unit,
      ...object,
    ]);
    if (spawnSync('g++', ['--version']).status === 0)
      compile(['g++'], ['-std=c++11', '-c', unit, ...object]);
  });
});
