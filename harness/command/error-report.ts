/**
 * Reports of a run that came to no verdict: the record of its error, so that no old report is taken
 * for this run's.
 */
import { requirementsSha256 } from '../abi/catalogue.ts';
import { VERDICTS } from '../check/verdict.ts';
import { EndedEarly } from '../errors/errors.ts';
import { REPORT_SCHEMA } from '../conclude/record.ts';
import type { RunRecord } from '../conclude/record.ts';
import { toolOf } from '../run/tool.ts';

/** What the command line said of the run. */
export type Asked = {
  subject: { kind: RunRecord['subject']['kind']; name: string };
  revision: 'merged' | 'draft';
  seed: number;
};

/** The exit code of an error, and its sentence. */
export const endOf = (error: unknown): { exitCode: number; sentence: string } => {
  const sentence = error instanceof Error ? error.message : String(error);
  if (error instanceof EndedEarly) return { exitCode: error.exitCode, sentence };
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    const advice = 'raise the limit, as with ulimit -n 1024';
    return { exitCode: 7, sentence: `too many files are open (${code}); ${advice}` };
  }
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const name = /'([^']+)'/.exec(sentence)?.[1] ?? '';
    return { exitCode: 7, sentence: `the package ${name} is missing; run npm install` };
  }
  const advice = 'run it again with --debug and report it';
  return { exitCode: 7, sentence: `internal error: ${sentence}; ${advice}` };
};

/** A record without rules: valid by the schema, and never green. */
export const errorRecord = (
  asked: Asked,
  { exitCode, sentence }: { exitCode: number; sentence: string },
): RunRecord => ({
  schema: REPORT_SCHEMA,
  tool: toolOf(),
  suite: { revision: asked.revision, requirementsSha256 },
  subject: { ...asked.subject, mapTypes: [], sha256: '' },
  profile: {},
  seed: asked.seed,
  selection: { suites: null, only: null, level: null, shard: null },
  outcome: 'INVALID',
  exitCode,
  restsOn: [],
  totals: Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])),
  executed: { runs: 0, operations: 0, callbacks: 0 },
  chapters: [],
  requirements: [],
  notes: [],
  error: sentence,
});
