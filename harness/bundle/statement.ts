/**
 * The in-toto Statement of a certificate, with the predicate of test results: what tools that sign
 * attestations take as it is.
 */
import { isGreen } from '../check/verdict.ts';
import type { RunRecord } from '../conclude/record.ts';
import { printable } from '../trace/printable.ts';

const statementType = 'https://in-toto.io/Statement/v1';
const predicateType = 'https://in-toto.io/attestation/test-result/v0.1';

/** A file and its SHA-256 in hex. */
export type Digest = { name: string; sha256: string };

/** The statement about a subject, resting on a manifest. */
export const statementOf = (record: RunRecord, manifest: Digest): object => {
  const { requirements, subject } = record;
  const named = (isMeant: (row: RunRecord['requirements'][number]) => boolean): string[] =>
    requirements.filter(isMeant).map(({ id }) => id);
  return {
    _type: statementType,
    subject: [{ name: printable(subject.name, 200), digest: { sha256: subject.sha256 } }],
    predicateType,
    predicate: {
      result: resultOf(record),
      configuration: [{ name: manifest.name, digest: { sha256: manifest.sha256 } }],
      passedTests: named(({ verdict }) => verdict === 'pass'),
      warnedTests: named(({ verdict }) => verdict === 'warn' || verdict === 'waived'),
      failedTests: named(
        ({ verdict }) =>
          !isGreen(verdict) && !['vacuous', 'inconclusive', 'not-selected'].includes(verdict),
      ),
    },
  };
};

const resultOf = ({ exitCode, requirements }: RunRecord): 'PASSED' | 'WARNED' | 'FAILED' => {
  if (exitCode !== 0) return 'FAILED';
  const isWarned = requirements.some(({ verdict }) => verdict === 'warn' || verdict === 'waived');
  return isWarned ? 'WARNED' : 'PASSED';
};
