/**
 * Reads `bpf_map_type` out of a syntax tree, and what a header defines beside it. Nothing is judged
 * here.
 */
import { constantOf } from './constant.ts';
import type { Lookup } from './constant.ts';
import { HeaderError, MAP_TYPE_MAX, MAP_TYPE_PREFIX, word } from './header.ts';
import type { MapTypeEntry, MapTypeEnum, StrayId } from './header.ts';
import { entriesMax, readNameArrays } from './name-array.ts';
import { descendants, partsOf, type ParseSnippet, type SyntaxNode } from '../syntax/node.ts';
import { placeOf, refusal, syntaxRefusal } from './syntax.ts';

const macroLengthMax = 200;
const evaluationsMax = 10_000;

/** Reads a whole header; throws a HeaderError where the enum cannot be found or read. */
export function readMapTypeEnum(root: SyntaxNode, file: string, parse: ParseSnippet): MapTypeEnum {
  const definition = findDefinition(root, file);
  const names = new Names(root, parse);
  const all = readEntries(definition, names, file);
  const max = all.find(({ name }) => name === MAP_TYPE_MAX);
  return {
    file,
    ...placeOf(definition),
    entries: all.filter(({ name }) => name !== MAP_TYPE_MAX),
    ...(max === undefined ? {} : { max }),
    nameArrays: readNameArrays(root, { file, lookup: names.lookup }),
    strays: [...strayEnumerators(root, definition, names), ...names.strayMacros()].sort(
      (left, right) => left.line - right.line || left.column - right.column,
    ),
  };
}

function findDefinition(root: SyntaxNode, file: string): SyntaxNode {
  const [first, second] = descendants(root, 'enum_specifier').filter((node) => {
    if (node.childForFieldName('body') === null) return false;
    const { parent } = node;
    const typedef =
      parent?.type === 'type_definition' ? parent.childForFieldName('declarator') : null;
    return (
      node.childForFieldName('name')?.text === 'bpf_map_type' || typedef?.text === 'ebpf_map_type_t'
    );
  });
  if (second !== undefined) {
    throw refusal(
      file,
      second,
      'bpf_map_type is defined a second time here; run the preprocessor first',
    );
  }
  if (first !== undefined) return first;
  const advice = 'give the path of ebpf_structs.h';
  if (root.hasError) {
    throw new HeaderError(file, `this does not parse as C and has no enum bpf_map_type; ${advice}`);
  }
  const says = `there is no enum bpf_map_type in this file, so nothing was judged; ${advice}`;
  throw new HeaderError(file, says, { reason: 'nothing' });
}

function readEntries(definition: SyntaxNode, names: Names, file: string): MapTypeEntry[] {
  const body = definition.childForFieldName('body');
  if (body === null) return [];
  if (body.hasError) throw syntaxRefusal(file, body, 'bpf_map_type');
  const enumerators = partsOf(body);
  if (enumerators.length > entriesMax) {
    const says = `bpf_map_type has more than ${entriesMax} entries`;
    throw refusal(file, body, `${says}; give the path of ebpf_structs.h`);
  }
  let following = 0n;
  return enumerators.map((node) => {
    if (node.type !== 'enumerator') {
      const says = 'a preprocessor line inside bpf_map_type makes its ids depend on the build';
      throw refusal(file, node, `${says}; preprocess the header first`);
    }
    const entry = readEntry(node, { following, names, file });
    following = BigInt(entry.value) + 1n;
    return entry;
  });
}

type EntryContext = { readonly following: bigint; readonly names: Names; readonly file: string };

function readEntry(node: SyntaxNode, { following, names, file }: EntryContext): MapTypeEntry {
  const name = node.childForFieldName('name')?.text ?? '';
  const given = node.childForFieldName('value');
  const value = given === null ? following : constantOf(given, names.lookup);
  if (value === undefined) {
    const says = `the value of ${word(name)} is no constant that can be computed from this file`;
    throw refusal(file, node, says);
  }
  if (value < -(2n ** 31n) || value >= 2n ** 32n) {
    throw refusal(file, node, `the value of ${word(name)} does not fit in 32 bits`);
  }
  names.define(name, value);
  return { name, value: Number(value), explicit: given !== null, ...placeOf(node) };
}

/** The enumerators of other enums that are named as map types. */
function strayEnumerators(root: SyntaxNode, definition: SyntaxNode, names: Names): StrayId[] {
  return descendants(root, 'enumerator').flatMap((node): StrayId[] => {
    const name = node.childForFieldName('name')?.text ?? '';
    const isInside =
      node.startIndex >= definition.startIndex && node.endIndex <= definition.endIndex;
    if (!isMapTypeName(name) || isInside) return [];
    const value = constantOf(node.childForFieldName('value'), names.lookup);
    return [
      { name, value: value === undefined ? null : Number(value), where: 'enum', ...placeOf(node) },
    ];
  });
}

const isMapTypeName = (name: string): boolean =>
  name.startsWith(MAP_TYPE_PREFIX) && name !== MAP_TYPE_MAX;

/**
 * What a name in a constant expression stands for: an earlier enumerator, or an object-like macro.
 */
class Names {
  private readonly parse: ParseSnippet;
  private readonly macros = new Map<string, SyntaxNode>();
  private readonly values = new Map<string, bigint>();
  private readonly enumerators = new Map<string, bigint>();
  private evaluations = 0;

  constructor(root: SyntaxNode, parse: ParseSnippet) {
    this.parse = parse;
    for (const macro of descendants(root, 'preproc_def')) {
      const name = macro.childForFieldName('name')?.text;
      if (name !== undefined && !this.macros.has(name)) this.macros.set(name, macro);
    }
  }

  define(name: string, value: bigint): void {
    this.enumerators.set(name, value);
  }

  /** Length, depth and count are bounded: macros may name each other, or double with every step. */
  readonly lookup: Lookup = (name, depth) => {
    const known = this.enumerators.get(name) ?? this.values.get(name);
    const text = this.textOf(name);
    if (known !== undefined || text === '' || text.length > macroLengthMax) return known;
    this.evaluations += 1;
    if (this.evaluations > evaluationsMax) return undefined;
    const value = this.parse(`enum e { e = ${text}\n};`, (root) => {
      const [enumerator, second] = descendants(root, 'enumerator');
      if (enumerator === undefined || second !== undefined) return undefined;
      return constantOf(enumerator.childForFieldName('value'), this.lookup, depth + 1);
    });
    if (value !== undefined) this.values.set(name, value);
    return value;
  };

  /** Macros that are named as map types and are numbers, but no other name of an enumerator. */
  strayMacros(): StrayId[] {
    const ids = new Set(this.enumerators.values());
    return [...this.macros].flatMap(([name, macro]): StrayId[] => {
      if (!isMapTypeName(name) || this.enumerators.has(name)) return [];
      const value = this.lookup(name, 0);
      if (value === undefined) return [];
      const isAlias = ids.has(value) && this.textOf(name).includes(MAP_TYPE_PREFIX);
      return isAlias ? [] : [{ name, value: Number(value), where: 'macro', ...placeOf(macro) }];
    });
  }

  private textOf(name: string): string {
    return this.macros.get(name)?.childForFieldName('value')?.text.trim() ?? '';
  }
}
