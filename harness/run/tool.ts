/** Name and version of the tool, as reports and `--version` give them. */
import { existsSync, readFileSync } from 'node:fs';

const NAME = 'custom-map-conformance';

// The sources lie one folder deeper in the package than in the repository.
const manifestOf = (folder: URL): { name?: string; version?: string } => {
  const file = new URL('package.json', folder);
  const manifest: { name?: string; version?: string } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string })
    : {};
  const parent = new URL('../', folder);
  return manifest.name === NAME || parent.href === folder.href ? manifest : manifestOf(parent);
};

/** Read once, when first asked for. */
export const toolOf = (): { name: string; version: string } => ({
  name: 'mapcert',
  version: manifestOf(new URL('./', import.meta.url)).version ?? 'unknown',
});
