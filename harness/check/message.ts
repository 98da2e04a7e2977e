/**
 * The one shape of a violation's message: `expected …; saw …; in <operation> / <callback>`. The
 * engine composes it, the reports take it apart again to print its parts on lines of their own.
 */

/** The parts of a message. `saw` is null when a message has another shape. */
export type MessageParts = {
  expected: string | null;
  saw: string;
  where: string | null;
};

/** One paragraph of a violation. */
export const composeMessage = (parts: {
  expected: string;
  saw: string;
  operation: string | null;
  callback: string | null;
}): string => {
  const where = [parts.operation, parts.callback].filter((part) => part !== null).join(' / ');
  return `expected ${parts.expected}; saw ${parts.saw}${where === '' ? '' : `; in ${where}`}`;
};

/** Takes a composed message apart; any other text is all `saw`. */
export const messageParts = (message: string): MessageParts => {
  const found = /^expected ([\s\S]*?); saw ([\s\S]*?)(?:; in ([^;]*))?$/.exec(message);
  return found
    ? { expected: found[1] ?? null, saw: found[2] ?? '', where: found[3] ?? null }
    : { expected: null, saw: message, where: null };
};
