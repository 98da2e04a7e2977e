/** Places and refusals at the nodes of a header. */
import type { SyntaxNode } from '../syntax/node.ts';
import { HeaderError } from './header.ts';
import type { Place } from './header.ts';

/** Where a node starts. */
export const placeOf = ({ startPosition }: SyntaxNode): Place => ({
  line: startPosition.row + 1,
  column: startPosition.column + 1,
});

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
