/** `mapcert probe`: loads a subject, lets the probe look at it, and gives the profile it found. */
import { SubjectError } from '../fault.ts';
import { createExecutor } from '../host/executor.ts';
import type { ProbeOptions, ProbeResult } from './options.ts';
import { probe } from './probe.ts';

/** The profile of a subject. Throws a SubjectError when it does not start. */
export const probeSubject = async (options: ProbeOptions): Promise<ProbeResult> => {
  const { subject, config, nmr, inProcess, timeoutMs, revision } = options;
  const executor = await createExecutor(
    { path: subject, config, nmr },
    { inProcess, callbackTimeoutMs: timeoutMs },
  );
  try {
    const { facts } = executor;
    const probed = await probe(executor, facts.declared, revision);
    if (probed.startError !== null) {
      throw new SubjectError(`${facts.name} could not be started: ${probed.startError}`);
    }
    return { name: facts.name, profile: probed.profile };
  } finally {
    await executor.close();
  }
};
