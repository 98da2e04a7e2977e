/**
 * Computes C constant expressions from a syntax tree. What a name stands for is its caller's
 * business.
 */
import { partsOf, type SyntaxNode } from '../syntax/node.ts';

/** Looks up an earlier enumerator or an object-like macro; undefined when the name is neither. */
export type Lookup = (name: string, depth: number) => bigint | undefined;

/** Deeper expressions, and longer chains of macros, are not computed. */
export const expressionDepthMax = 64;

const operations: Readonly<Record<string, (left: bigint, right: bigint) => bigint | undefined>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0n ? undefined : left / right),
  '%': (left, right) => (right === 0n ? undefined : left % right),
  '<<': (left, right) => (isShift(right) ? left << right : undefined),
  '>>': (left, right) => (isShift(right) ? left >> right : undefined),
  '|': (left, right) => left | right,
  '&': (left, right) => left & right,
  '^': (left, right) => left ^ right,
};

const isShift = (count: bigint): boolean => count >= 0n && count < 64n;

// Beyond 64 bits C has no integer constants, and unbounded ones would cost a hostile header's
// reader his memory.
const within64Bits = (value: bigint | undefined): bigint | undefined =>
  value !== undefined && value >= -(2n ** 63n) && value < 2n ** 64n ? value : undefined;

/** The value of a constant expression, or undefined where it is none that this can compute. */
export function constantOf(node: SyntaxNode | null, lookup: Lookup, depth = 0): bigint | undefined {
  if (node === null || node.hasError || depth > expressionDepthMax) return undefined;
  const operand = (field: string) => constantOf(node.childForFieldName(field), lookup, depth + 1);
  switch (node.type) {
    case 'number_literal':
      return within64Bits(literal(node.text));
    case 'identifier':
      return lookup(node.text, depth + 1);
    case 'parenthesized_expression':
      return constantOf(onlyExpression(node), lookup, depth + 1);
    case 'cast_expression':
      return operand('value');
    case 'unary_expression':
      return within64Bits(signed(node.childForFieldName('operator')?.text, operand('argument')));
    case 'binary_expression': {
      const [left, right] = [operand('left'), operand('right')];
      if (left === undefined || right === undefined) return undefined;
      return within64Bits(
        operations[node.childForFieldName('operator')?.text ?? '']?.(left, right),
      );
    }
    default:
      return undefined;
  }
}

function onlyExpression(node: SyntaxNode): SyntaxNode | null {
  const inside = partsOf(node);
  return inside.length === 1 ? (inside[0] ?? null) : null;
}

function signed(operator: string | undefined, value: bigint | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  if (operator === '-') return -value;
  if (operator === '~') return ~value;
  return operator === '+' ? value : undefined;
}

// The parser takes the sign of `-1` into the literal.
function literal(text: string): bigint | undefined {
  const [, sign, digits = ''] =
    /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU])$/.exec(text) ??
    [];
  if (digits === '' || digits.length > 40) return undefined;
  const isOctal = /^0[0-9]/.test(digits);
  if (isOctal && !/^[0-7]+$/.test(digits)) return undefined;
  const value = BigInt(isOctal ? `0o${digits}` : digits);
  return sign === '-' ? -value : value;
}
