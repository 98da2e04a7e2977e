/** What `mapcert probe` asks for: the completed profile of a subject. */
import { sentenceOfLoss } from '../check/judge.ts';
import { SubjectError } from '../errors/errors.ts';
import { createExecutor } from '../host/executor.ts';
import type { ProbeOptions, ProbeResult } from './options.ts';
import { probe as probeSubject } from '../campaign/probe.ts';

/**
 * Probes a subject in its host. Throws SubjectError when it does not start or registers nothing for
 * maps.
 */
export const probe = async (options: ProbeOptions): Promise<ProbeResult> => {
  const executor = await createExecutor(
    { path: options.subject, config: options.config, nmr: options.nmr },
    {
      inProcess: options.inProcess,
      callbackTimeoutMs: options.timeoutMs,
      asan: options.asan ?? false,
    },
  );
  try {
    const { name, declared } = executor.facts;
    const probed = await probeSubject(executor, declared, options.revision);
    if (probed.startError !== null)
      throw new SubjectError(`${name} could not be started: ${probed.startError}`);
    if (probed.mapTypes.length === 0) {
      throw new SubjectError(
        `${name} registers no map provider under EBPF_MAP_INFO_EXTENSION_IID, so there is nothing to probe`,
      );
    }
    return {
      name,
      profile: probed.profile,
      losses: [...new Set(probed.losses.map(sentenceOfLoss))],
    };
  } finally {
    await executor.close();
  }
};
