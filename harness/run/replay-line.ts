/**
 * The command line that repeats a counterexample: the run as one word, and what else the
 * certification was told.
 */
import type { CertifyOptions } from './options.ts';
import { REPLAY_SCHEMA, type ReplayFile } from '../conclude/record.ts';
import { encodeReplay } from './replay-token.ts';
import type { Witness } from '../conclude/fold.ts';
import type { SubjectFacts } from '../execute/executor.ts';
import { shownPath } from './subject-path.ts';

/** What of the options decides how a subject is opened and judged. */
export type Opened = Pick<CertifyOptions, 'seed' | 'revision'> &
  Partial<Pick<CertifyOptions, 'config' | 'nmr' | 'asan' | 'timeoutMs' | 'enumHeader'>>;

/** The run of a witness as data. */
export const replayOf = (
  requirement: string,
  witness: Pick<Witness, 'plan' | 'choices'>,
  { kind, name, sha256 }: Pick<SubjectFacts, 'kind' | 'name' | 'sha256'>,
  { revision, seed }: Pick<Opened, 'revision' | 'seed'>,
): ReplayFile => ({
  schema: REPLAY_SCHEMA,
  subject: { kind, name, sha256 },
  requirement,
  revision,
  seed,
  plan: witness.plan,
  choices: witness.choices,
});

/**
 * `mapcert replay …`: paths relative to the working folder, each word fit for a shell. `subject`
 * null: it has no file.
 */
export const replayLine = (replay: ReplayFile, subject: string | null, opened: Opened): string => {
  const files = [
    ['--subject', subject],
    ['--config', opened.config],
    ['--nmr', opened.nmr],
    ['--enum-header', opened.enumHeader],
  ] as const;
  return [
    `mapcert replay ${encodeReplay(replay)}`,
    ...files.flatMap(([option, file]) => (file ? [`${option} ${shownPath(file)}`] : [])),
    ...(opened.asan === true ? ['--asan'] : []),
    ...(opened.timeoutMs ? [`--timeout ${opened.timeoutMs}ms`] : []),
  ].join(' ');
};
