/**
 * What a C fixture says of itself, as a module does by `export const meta`: JSON in a comment at
 * its head that begins with the word meta. The build puts it beside the library.
 */
import { readFileSync } from 'node:fs';

const head = /^\/\* meta(\s*\{[\s\S]*?\})\s*\*\/$/m;

/** The JSON text in the text of a source; null: it says nothing of itself. */
export const headMetaIn = (source: string): string | null => {
  const [, text] = head.exec(source) ?? [];
  return text === undefined ? null : `${text.trim()}\n`;
};

/** The same of the source in a file. */
export const headMeta = (file: string): string | null => headMetaIn(readFileSync(file, 'utf8'));
