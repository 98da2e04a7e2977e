/**
 * Text that a subject chose, made fit to show: nothing that moves a cursor, hides, reverses or ends
 * a line, and never more than a bound. Escaping for XML, HTML and Markdown comes after, in
 * reports/.
 */

/** Longest text of a subject that a report shows in one place. */
export const TEXT_MAX = 2_000;

// Controls, format characters (bidi, zero width), lone surrogates, private use, unassigned, and the
// two line separators: everything that a terminal or a page would not simply draw.
const UNDRAWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const spelled = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return NAMED[character] ?? `\\u{${code.toString(16)}}`;
};

/**
 * The text with undrawable characters spelled out, cut after `max` characters with a note of how
 * much is missing.
 */
export const printable = (text: string, max: number = TEXT_MAX): string => {
  const kept = text.length > max ? cut(text, max) : text;
  const shown = kept.replace(UNDRAWABLE, spelled);
  return kept.length < text.length
    ? `${shown}… (${text.length - kept.length} more characters)`
    : shown;
};

/** The same for text with paragraphs of our own: line feeds stay. */
export const printableLines = (text: string, max: number = TEXT_MAX): string =>
  text
    .slice(0, max)
    .split('\n')
    .map((line) => printable(line, max))
    .join('\n') + (text.length > max ? `… (${text.length - max} more characters)` : '');

/** Hex with its middle left out when it is long. */
export const shortHex = (hex: string, bytesMax = 12): string =>
  hex.length <= 2 * bytesMax
    ? hex
    : `${hex.slice(0, 2 * (bytesMax - 2))}…${hex.slice(-4)} (${Math.floor(hex.length / 2)} bytes)`;

// A cut never leaves half of a surrogate pair behind.
const cut = (text: string, max: number): string => {
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
};
