/** The record as JSON: sorted keys, no clock, byte-equal for equal records, drawable text only. */
import { configure } from 'safe-stable-stringify';
import type { RunRecord } from '../harness/conclude/record.ts';
import { TEXT_MAX } from '../harness/trace/printable.ts';

const stringify = configure({ deterministic: true, maximumDepth: 64, maximumBreadth: 1_000_000 });

// JSON.stringify already escapes C0 controls and lone surrogates. These it leaves, and they can
// only stand in strings, so a JSON escape keeps the value and makes the file safe to look at.
const UNDRAWABLE =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Any data as JSON text with sorted keys, ending in a line feed. */
export const stableJson = (data: unknown): string =>
  `${(stringify(data, null, 2) ?? 'null').replace(UNDRAWABLE, escaped)}\n`;

/** The report `custom-map-conformance/report@1`. */
export const renderJson = (record: RunRecord): string => stableJson(bounded(record, null));

// What replays must stay exact, and hex is the subject's data, not its words: both stay as they
// are.
const EXACT = new Set(['plan', 'replay']);

const bounded = (value: unknown, name: string | null): unknown => {
  if (name !== null && EXACT.has(name)) return value;
  if (typeof value === 'string') return isWords(value) ? cut(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((inner: unknown) => bounded(inner, null));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [key, bounded(inner, key)]),
  );
};

const isWords = (text: string): boolean => text.length > 2 * TEXT_MAX && !/^[0-9a-f]*$/.test(text);

const cut = (text: string): string =>
  `${text.slice(0, 2 * TEXT_MAX)}… (${text.length - 2 * TEXT_MAX} more characters)`;
