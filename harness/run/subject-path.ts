/** Where the default subject is, and how paths are shown: relative, never a machine's. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The embedded sample provider: source in the repository, compiled in the package. */
export const embeddedSubject = (): string => {
  const base = new URL('../../fixtures/providers/object-hash', import.meta.url);
  const source = fileURLToPath(`${base.href}.ts`);
  return existsSync(source) ? source : fileURLToPath(`${base.href}.js`);
};

/** A path for a command line: relative to the working folder, quoted where a shell needs it. */
export const shownPath = (file: string): string => {
  const relative = path.relative(process.cwd(), path.resolve(file)).split(path.sep).join('/');
  return /^[\w./@-]+$/.test(relative) ? relative : `'${relative.replaceAll("'", `'\\''`)}'`;
};
