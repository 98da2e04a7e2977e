/** TEMPORARY stand-in by the lead until the host helper writes this file (overwrite it): in-process modules only. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProviderModule } from '../provider/module.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { moduleExecutor } from '../run/examine.ts';
import type { Executor, SubjectSource } from '../run/executor.ts';

export const createExecutor = async (
  source: SubjectSource,
  options: { inProcess: boolean; callbackTimeoutMs: number | null; overlay?: DeclaredProfile | null },
): Promise<Executor> => {
  const loaded = (await import(pathToFileURL(path.resolve(source.path)).href)) as { default: ProviderModule };
  const executor = moduleExecutor(loaded.default, { ...loaded.default.profile, ...options.overlay });
  executor.facts.sha256 = createHash('sha256').update(readFileSync(source.path)).digest('hex');
  return executor;
};
