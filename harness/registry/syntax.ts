/**
 * The syntax tree as the readers see it. Which parser makes it is parse-header.ts' business alone.
 */
import { HeaderError } from './header.ts';
import type { Place } from './header.ts';

/** One node of a C syntax tree. */
export type SyntaxNode = {
  readonly type: string;
  readonly text: string;
  readonly hasError: boolean;
  readonly isError: boolean;
  readonly isMissing: boolean;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly startPosition: { readonly row: number; readonly column: number };
  readonly parent: SyntaxNode | null;
  readonly children: readonly (SyntaxNode | null)[];
  readonly namedChildren: readonly (SyntaxNode | null)[];
  childForFieldName(field: string): SyntaxNode | null;
  descendantsOfType(type: string): readonly (SyntaxNode | null)[];
};

/** Parses a snippet of C, hands its root to `read`, and frees it. */
export type ParseSnippet = <T>(text: string, read: (root: SyntaxNode) => T) => T;

/** Where a node starts. */
export const placeOf = ({ startPosition }: SyntaxNode): Place => ({
  line: startPosition.row + 1,
  column: startPosition.column + 1,
});

/** All nodes of a type below a node, in the order of the text. */
export const descendants = (node: SyntaxNode, type: string): SyntaxNode[] =>
  node.descendantsOfType(type).filter((each) => each !== null);

/** The named children without comments. */
export const partsOf = (node: SyntaxNode): SyntaxNode[] =>
  node.namedChildren.filter((child) => child !== null && child.type !== 'comment') as SyntaxNode[];

/** A refusal at a node. */
export const refusal = (file: string, node: SyntaxNode, says: string): HeaderError =>
  new HeaderError(file, says, { place: placeOf(node) });

/** A refusal at the place where the parser first lost its way below a node. */
export function syntaxRefusal(file: string, within: SyntaxNode, name: string): HeaderError {
  const isBroken = (node: SyntaxNode) => node.isError || node.isMissing;
  let node = within;
  while (!isBroken(node)) {
    const next = node.children.find(
      (child) => child !== null && (isBroken(child) || child.hasError),
    );
    if (next === undefined || next === null) break;
    node = next;
  }
  const says = `${name} does not parse as C from here on`;
  return refusal(file, node, `${says}; is a comma or a bracket missing, or a macro in the way?`);
}
