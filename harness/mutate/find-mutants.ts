/** The mutants of a source: every slip at every place of its code, one at a time. */
import { UsageError } from '../errors/errors.ts';
import type { SyntaxNode } from '../syntax/node.ts';
import { openParser, type SyntaxOf } from '../syntax/parser.ts';
import { changesAt, type Change } from './operators.ts';

/** A source with one slip in it. */
export type Mutant = Change & {
  /** `line:column operator`, with a number where one place has several. */
  id: string;
  /** From 1. */
  line: number;
  column: number;
  /** What stood there. */
  from: string;
};

/** Declarations and text for people hold no behaviour. */
const skipped: ReadonlySet<string> = new Set([
  ...['import_statement', 'type_alias_declaration', 'interface_declaration', 'type_annotation'],
  ...['type_arguments', 'comment', 'string', 'template_string', 'string_literal'],
  ...['preproc_include', 'preproc_def', 'preproc_function_def', 'preproc_if', 'preproc_ifdef'],
  ...['enum_specifier', 'struct_specifier', 'array_declarator', 'subscript_argument_list'],
]);

/** Every mutant of a text, in the order of the text. Throws UsageError where it does not parse. */
export const findMutants = async (
  text: string,
  language: SyntaxOf,
  file: string,
): Promise<Mutant[]> => {
  const refused = (): UsageError =>
    new UsageError(`"${file}" does not parse as ${language}; name a source that compiles`);
  const parse = await openParser(language, refused);
  return parse(text, (root) => {
    if (root.hasError && language === 'typescript') throw refused();
    const found: Mutant[] = [];
    visit(root, language, text, found);
    return numbered(found);
  });
};

const visit = (node: SyntaxNode, language: SyntaxOf, text: string, found: Mutant[]): void => {
  if (skipped.has(node.type)) return;
  for (const change of changesAt(node, language)) {
    const before = text.slice(0, change.start).split('\n');
    const place = { line: before.length, column: before.at(-1)!.length + 1 };
    const from = text.slice(change.start, change.end);
    found.push({ ...change, ...place, from, id: '' });
  }
  for (const child of node.namedChildren) if (child) visit(child, language, text, found);
};

const numbered = (mutants: readonly Mutant[]): Mutant[] => {
  const seen = new Map<string, number>();
  return mutants.map((mutant) => {
    const name = `${mutant.line}:${mutant.column} ${mutant.operator}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return { ...mutant, id: times > 1 ? `${name} ${times}` : name };
  });
};

/** The text with one slip in it. */
export const mutated = (text: string, { start, end, to }: Change): string =>
  text.slice(0, start) + to + text.slice(end);
