/**
 * A syntax tree as its readers see it. Which parser makes it is parser.ts' business alone.
 */

/** One node of a syntax tree. */
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

/** Parses a text, hands its root to `read`, and frees it. */
export type ParseSnippet = <T>(text: string, read: (root: SyntaxNode) => T) => T;

/** All nodes of a type below a node, in the order of the text. */
export const descendants = (node: SyntaxNode, type: string): SyntaxNode[] =>
  node.descendantsOfType(type).filter((each) => each !== null);

/** The named children without comments. */
export const partsOf = (node: SyntaxNode): SyntaxNode[] =>
  node.namedChildren.filter((child) => child !== null && child.type !== 'comment') as SyntaxNode[];
