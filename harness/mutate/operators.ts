/**
 * What a mutant changes: for a node of a syntax tree, each small slip that a person could have made
 * there. C and TypeScript call most nodes alike; where they do not, both names stand.
 */
import { partsOf, type SyntaxNode } from '../syntax/node.ts';
import type { SyntaxOf } from '../syntax/parser.ts';

/** One change: the text between two offsets of the source becomes another. */
export type Change = { operator: string; start: number; end: number; to: string };

/** What a slip makes of a node; empty: nothing. */
type Operator = (node: SyntaxNode, language: SyntaxOf) => readonly Omit<Change, 'operator'>[];

const instead = (node: SyntaxNode, to: string) => ({
  start: node.startIndex,
  end: node.endIndex,
  to,
});

const otherOperators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['+'],
  '&': ['|'],
  '|': ['&'],
  '+=': ['-='],
  '-=': ['+='],
  '++': ['--'],
  '--': ['++'],
};

const sign: Operator = (node) => {
  const operator = node.childForFieldName('operator');
  return operator === null
    ? []
    : (otherOperators[operator.text] ?? []).map((to) => instead(operator, to));
};

/** The condition of an `if`, a loop or a choice is left out of account. */
const condition: Operator = (node, language) => {
  const asked = node.childForFieldName('condition');
  if (asked === null) return [];
  const [yes, no] = language === 'c' ? ['1', '0'] : ['true', 'false'];
  const isLoop = node.type === 'while_statement' || node.type === 'for_statement';
  const wrapped = (word: string): string =>
    asked.type === 'parenthesized_expression' ? `(${word})` : word;
  return [no, ...(isLoop ? [] : [yes])].map((word) => instead(asked, wrapped(word)));
};

/** A call or an assignment that stands for itself is forgotten. */
const statement: Operator = (node) => {
  const [inner] = partsOf(node);
  const kinds = ['call_expression', 'assignment_expression', 'update_expression'];
  const isDone = inner !== undefined && kinds.includes(inner.type);
  return isDone ? [instead(node, ';')] : [];
};

/** Two neighbouring arguments change places. */
const swapped: Operator = (node) => {
  const given = partsOf(node);
  return given.slice(1).flatMap((second, at) => {
    const first = given[at]!;
    const simple = ['identifier', 'member_expression', 'field_expression'];
    if (!simple.includes(first.type) || first.text === second.text) return [];
    if (first.type !== second.type) return [];
    return [{ start: first.startIndex, end: second.endIndex, to: `${second.text}, ${first.text}` }];
  });
};

const number: Operator = (node) => {
  const value = Number(node.text.replace(/[uUlL]+$/, '').replaceAll('_', ''));
  if (!Number.isSafeInteger(value) || node.text.endsWith('n')) return [];
  return [...new Set([value + 1, value > 1 ? value - 1 : 0])]
    .filter((other) => other !== value)
    .map((other) => instead(node, String(other)));
};

const negated: Operator = (node) => {
  const operator = node.childForFieldName('operator');
  const argument = node.childForFieldName('argument');
  return operator?.text === '!' && argument ? [instead(node, argument.text)] : [];
};

const results = /^'?(EBPF_[A-Z_]+|STATUS_[A-Z_]+)'?$/;
const isSuccess = /SUCCESS/;
const notResults = /^EBPF_(MAP|PROGRAM|ATTACH|HELPER|OBJECT|ANY|NOEXIST|EXIST|CORE|EXTENSION)/;

/** What a call returns: another result, the other truth. */
const returned: Operator = (node) => {
  const [value] = partsOf(node);
  return value === undefined ? [] : otherResults(value);
};

const otherResults = (value: SyntaxNode): Omit<Change, 'operator'>[] => {
  if (value.text === 'true') return [instead(value, 'false')];
  if (value.text === 'false') return [instead(value, 'true')];
  const name = results.exec(value.text)?.[1];
  if (name === undefined || notResults.test(name)) return [];
  const family = name.startsWith('EBPF') ? 'EBPF_' : 'STATUS_';
  const bad = family === 'EBPF_' ? 'EBPF_INVALID_ARGUMENT' : 'STATUS_UNSUCCESSFUL';
  const to = isSuccess.test(name) ? bad : `${family}SUCCESS`;
  return [instead(value, value.text.replace(name, to))];
};

/** A branch of a choice is a result as well. */
const chosen: Operator = (node) =>
  ['consequence', 'alternative'].flatMap((field) => {
    const branch = node.childForFieldName(field);
    return branch === null ? [] : otherResults(branch);
  });

const operators: Readonly<Record<string, readonly (readonly [name: string, Operator])[]>> = {
  binary_expression: [['operator', sign]],
  augmented_assignment_expression: [['operator', sign]],
  assignment_expression: [['operator', sign]],
  update_expression: [['operator', sign]],
  if_statement: [['condition', condition]],
  while_statement: [['condition', condition]],
  for_statement: [['condition', condition]],
  ternary_expression: [
    ['condition', condition],
    ['result', chosen],
  ],
  conditional_expression: [
    ['condition', condition],
    ['result', chosen],
  ],
  expression_statement: [['dropped', statement]],
  arguments: [['swapped', swapped]],
  argument_list: [['swapped', swapped]],
  number: [['constant', number]],
  number_literal: [['constant', number]],
  unary_expression: [['negation', negated]],
  return_statement: [['result', returned]],
};

/** The slips at one node. */
export const changesAt = (node: SyntaxNode, language: SyntaxOf): Change[] =>
  (operators[node.type] ?? []).flatMap(([operator, make]) =>
    make(node, language).map((change) => ({ operator, ...change })),
  );
