/** Makes a stored run again, for tests: what `custom-map-conformance/replay` offers. */
import { blameIn } from './conclude/blame.ts';
import { describeCall } from './conclude/finding-words.ts';
import type { ReplayFile } from './conclude/record.ts';
import type { Verdict } from './check/verdict.ts';
import { replay } from './run/replay.ts';
import { namesIn } from './trace/names.ts';

/** What a run came to. */
export type RunAgain = {
  verdict: Verdict;
  /** The call that is to blame and what was seen; null: the rule holds in this run. */
  broken: string | null;
};

/**
 * Runs a stored run once more and judges it by its rule.
 *
 * @param run the data of a replay file, as `mapcert replay RUN --emit ts` writes it
 * @param options `subject`: module or library, relative to the working folder; `config`: its
 *   profile; `timeoutMs`: longest time of one callback
 * @example
 * const { broken } = await replayRun(run, { subject: 'provider.ts' });
 * expect(broken, broken ?? '').toBeNull();
 */
export const replayRun = async (
  run: object,
  options: { subject: string; config?: string; timeoutMs?: number },
): Promise<RunAgain> => {
  const { verdict, message, violation, trace } = await replay({
    replay: run as ReplayFile,
    folder: process.cwd(),
    subject: options.subject,
    config: options.config ?? null,
    timeoutMs: options.timeoutMs ?? null,
    inProcess: false,
    nmr: null,
    asan: false,
    enumHeader: null,
  });
  if (!violation) return { verdict, broken: null };
  const { call, did } = blameIn(trace)(violation);
  const where = call ? `call ${call.call}: ${describeCall(call, namesIn(trace))}` : 'registration';
  return { verdict, broken: `${where}: ${did ?? message ?? violation.saw}` };
};
