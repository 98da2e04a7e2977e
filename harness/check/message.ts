/**
 * The shape of a violation's message, `expected: …; saw: … [where]` (conclude.ts composes it),
 * taken apart again so that a report can print its parts on lines of their own.
 */

/** The parts of a message. A message of another shape is all `saw`. */
export type MessageParts = {
  expected: string | null;
  saw: string;
  where: string | null;
};

/** Takes a message apart. */
export const messageParts = (message: string): MessageParts => {
  const found =
    /^expected: ([\s\S]*?); saw: ([\s\S]*?)(?: \[((?:operation|callback) [\s\S]*)\])?$/.exec(
      message,
    );
  return found
    ? { expected: found[1] ?? null, saw: found[2] ?? '', where: found[3] ?? null }
    : { expected: null, saw: message, where: null };
};
