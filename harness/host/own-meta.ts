/** In the host: imports a module and takes the `meta` it exports, as data that can travel. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import { importDefault } from '../adapters/load-subject.ts';
import { SubjectError } from '../errors/errors.ts';
import type { DeclaredProfile } from '../provider/profile.ts';
import { splitDeclared } from '../execute/config.ts';

const bytesMax = 65_536;

/** The module's `meta`; undefined when it exports none. Functions of its config stay here. */
export const ownMeta = async (file: string): Promise<unknown> => {
  const given = await exportedMeta(file);
  if (typeof given !== 'object' || given === null) return undefined;
  const { config } = given as { config?: DeclaredProfile };
  const meta = config ? { ...given, config: splitDeclared(config).data } : given;
  let size: number;
  try {
    size = serialize(meta).length;
  } catch {
    throw new SubjectError('its meta is not plain data');
  }
  if (size > bytesMax) throw new SubjectError(`its meta is larger than ${bytesMax} bytes`);
  return meta;
};

const exportedMeta = async (file: string): Promise<unknown> => {
  try {
    // Makes TypeScript understood; the second import is the same module.
    const found = (await importDefault(file, { fresh: false })) as { meta?: unknown } | undefined;
    const address = pathToFileURL(path.resolve(file)).href;
    const namespace = (await import(address)) as { meta?: unknown; default?: { meta?: unknown } };
    // TypeScript that was compiled to CommonJS on the way has its exports one level deeper.
    return namespace.meta ?? namespace.default?.meta ?? found?.meta;
  } catch (reason) {
    const words = reason instanceof Error ? reason.message.split('\n', 1)[0]! : String(reason);
    throw new SubjectError(`it could not be imported: ${words}`);
  }
};
