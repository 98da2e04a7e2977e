/** Reads the two name arrays of a header. The enum is header-reader.ts. */
import { constantOf } from './constant.ts';
import type { Lookup } from './constant.ts';
import { DISPLAY_NAMES_ARRAY, TYPE_NAMES_ARRAY } from './header.ts';
import type { NameArray, NameEntry } from './header.ts';
import { descendants, partsOf, type SyntaxNode } from '../syntax/node.ts';
import { placeOf, refusal, syntaxRefusal } from './syntax.ts';

/** An enum or an array with more entries than this is not read. */
export const entriesMax = 4096;

type Context = { readonly file: string; readonly lookup: Lookup };

/** Every definition of a name array below `root`. */
export function readNameArrays(root: SyntaxNode, context: Context): NameArray[] {
  return descendants(root, 'init_declarator').flatMap((node) => {
    const [array] = descendants(node, 'array_declarator');
    const name = array?.childForFieldName('declarator')?.text ?? '';
    const list = node.childForFieldName('value');
    if (array === undefined || list?.type !== 'initializer_list') return [];
    const isNames = name === TYPE_NAMES_ARRAY || name === DISPLAY_NAMES_ARRAY;
    return isNames ? [readNameArray({ name, array, list }, context)] : [];
  });
}

type Definition = { readonly name: string; readonly array: SyntaxNode; readonly list: SyntaxNode };

function readNameArray(definition: Definition, context: Context): NameArray {
  const { name, array } = definition;
  const entries: NameEntry[] = [];
  for (const [first, ...rest] of itemsOf(definition, context.file)) {
    const isDesignated = first.type === 'initializer_pair';
    const index = isDesignated ? designatedIndex(first, name, context) : nextIndex(entries);
    const value = isDesignated ? first.childForFieldName('value') : first;
    const parts = [...(value === null ? [] : [value]), ...rest].map(initialiser);
    entries.push({
      text: parts.map(({ text }) => text).join(''),
      index,
      isText: parts.every(({ isText }) => isText),
      joined: parts.length > 1 || parts.some(({ joined }) => joined),
      ...placeOf(first),
    });
  }
  return { name, length: lengthOf(definition, entries, context), entries, ...placeOf(array) };
}

const nextIndex = (entries: readonly NameEntry[]): number => (entries.at(-1)?.index ?? -1) + 1;

function lengthOf(
  { name, array }: Definition,
  entries: readonly NameEntry[],
  { file, lookup }: Context,
): number {
  const size = array.childForFieldName('size');
  if (size === null) return entries.reduce((most, { index }) => Math.max(most, index + 1), 0);
  const value = constantOf(size, lookup);
  if (value !== undefined) return Number(value);
  throw refusal(
    file,
    size,
    `the size of ${name} is no constant that can be computed from this file`,
  );
}

function designatedIndex(pair: SyntaxNode, name: string, { file, lookup }: Context): number {
  const designator = pair.childForFieldName('designator');
  const index =
    designator === null ? undefined : constantOf(partsOf(designator)[0] ?? null, lookup);
  if (index !== undefined && index >= 0n && index < 2n ** 32n) return Number(index);
  const says = `the place of this entry of ${name} is no constant that can be computed from this file`;
  throw refusal(file, pair, says);
}

type Item = [SyntaxNode, ...SyntaxNode[]];

/**
 * The initialisers between the commas. A missing comma leaves two nodes in one item, which C joins
 * into one string; the parser, which does not know that a macro call may become a string, then puts
 * one of them into an ERROR node.
 */
function itemsOf({ name, list }: Definition, file: string): Item[] {
  const children = list.children.flatMap((child) =>
    child?.type === 'ERROR' ? child.children : [child],
  );
  if (children.length > 2 * entriesMax + 2) {
    throw refusal(
      file,
      list,
      `${name} has more than ${entriesMax} entries; give the path of ebpf_structs.h`,
    );
  }
  const items: SyntaxNode[][] = [[]];
  for (const child of children) {
    if (child === null || ['comment', '{', '}'].includes(child.type)) continue;
    if (child.hasError || child.isMissing || child.type.startsWith('preproc')) {
      throw syntaxRefusal(file, list, name);
    }
    if (child.type === ',') items.push([]);
    else items.at(-1)?.push(child);
  }
  return items.filter((item): item is Item => item.length > 0);
}

type Initialiser = Pick<NameEntry, 'text' | 'isText' | 'joined'>;

/**
 * What an initialiser becomes: the argument of BPF_ENUM_TO_STRING, or the characters of a string.
 */
function initialiser(node: SyntaxNode): Initialiser {
  const { type, text } = node;
  if (type === 'string_literal') {
    return { text: text.replace(/^[^"]*"|"$/g, ''), isText: true, joined: false };
  }
  if (type === 'concatenated_string') {
    const parts = partsOf(node).map(initialiser);
    return { text: parts.map((part) => part.text).join(''), isText: true, joined: true };
  }
  const called = type === 'call_expression' ? node.childForFieldName('arguments') : null;
  const [argument, second] = called === null ? [] : partsOf(called);
  const isName = argument?.type === 'identifier' && second === undefined;
  return { text: isName ? argument.text : text, isText: isName, joined: false };
}
