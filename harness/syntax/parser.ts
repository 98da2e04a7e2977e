/** Opens parsers: the only file that imports tree-sitter. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import type { ParseSnippet } from './node.ts';

/** Languages whose grammar comes with the package. */
export type SyntaxOf = 'c' | 'typescript';

const opened = new Map<SyntaxOf, Promise<Parser>>();

/** A parser of a language; `gaveUp` is what it throws when the parser does. */
export const openParser = async (
  language: SyntaxOf,
  gaveUp: () => Error,
): Promise<ParseSnippet> => {
  const parser = await (opened.get(language) ?? open(language));
  return (text, read) => {
    const tree = parser.parse(text);
    if (tree === null) throw gaveUp();
    try {
      return read(tree.rootNode);
    } finally {
      tree.delete();
    }
  };
};

const open = (language: SyntaxOf): Promise<Parser> => {
  const made = load(language);
  opened.set(language, made);
  return made;
};

const load = async (language: SyntaxOf): Promise<Parser> => {
  const { resolve } = createRequire(import.meta.url);
  const runtime = readFileSync(resolve('web-tree-sitter/web-tree-sitter.wasm'));
  const grammar = `@repomix/tree-sitter-wasms/out/tree-sitter-${language}.wasm`;
  await Parser.init({ wasmBinary: runtime });
  return new Parser().setLanguage(await Language.load(readFileSync(resolve(grammar))));
};
