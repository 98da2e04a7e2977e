/** Small records of every end that a run has, for tests of formats. */
import { HOSTILE, recordOf, rowOf } from '../harness/run/golden.fixture.ts';
import { errorRecord } from '../harness/command/error-report.ts';
import type { RunRecord } from '../harness/conclude/record.ts';

const subject = (name: string): Pick<RunRecord, 'subject'> => ({
  subject: { kind: 'native', name, mapTypes: [15], sha256: 'c'.repeat(64) },
});
const broken = (callback: string) => ({
  message: `expected: all is well; saw: it is not [callback ${callback}]`,
  at: { operation: null, callback },
});

/** The record of each end, by its name, with whether it is green. */
export const ENDS: Readonly<Record<string, { record: RunRecord; isGreen: boolean }>> = {
  green: {
    record: recordOf([rowOf('REG-001', 'pass'), rowOf('REG-005', 'warn', broken('x'))]),
    isGreen: true,
  },
  red: {
    record: recordOf([rowOf('REG-001', 'pass'), rowOf('CRE-003', 'fail', broken('a'))]),
    isGreen: false,
  },
  crash: {
    record: recordOf([rowOf('CRE-003', 'crash', broken('preprocess_map_create'))]),
    isGreen: false,
  },
  hang: {
    record: recordOf([rowOf('CRE-003', 'hang', broken('preprocess_map_create'))]),
    isGreen: false,
  },
  incomplete: {
    record: recordOf([rowOf('REG-001', 'pass'), rowOf('CRE-003', 'vacuous')]),
    isGreen: false,
  },
  'waived, but stale': {
    record: recordOf([
      rowOf('REG-001', 'pass', { waiver: { reason: 'old', expires: null, trouble: 'stale' } }),
    ]),
    isGreen: false,
  },
  empty: { record: recordOf([]), isGreen: false },
  'not loaded': {
    record: errorRecord(
      { subject: { kind: 'native', name: 'lost.so' }, revision: 'merged', seed: 1 },
      { exitCode: 5, sentence: 'there is no such file' },
    ),
    isGreen: false,
  },
  '<script>': {
    record: recordOf([rowOf('REG-001', 'pass'), rowOf('CRE-003', 'fail', { message: HOSTILE })], {
      ...subject(`<script>alert(1)</script>${HOSTILE}`),
      notes: [HOSTILE],
    }),
    isGreen: false,
  },
  header: {
    record: recordOf(
      [rowOf('ENUM-001', 'fail', { message: 'include/ebpf_structs.h:17:5: a number twice' })],
      {
        subject: { kind: 'header', name: 'ebpf_structs.h', mapTypes: [1], sha256: 'd'.repeat(64) },
      },
    ),
    isGreen: false,
  },
};
