/** Parses C headers: readers see the tree, what is handed on is plain data (header.ts). */
import { openParser } from '../syntax/parser.ts';
import { readMapTypeEnum } from './header-reader.ts';
import { HeaderError } from './header.ts';
import type { MapTypeEnum } from './header.ts';
import { isNative } from './snapshot.ts';

/**
 * What `certify --enum-header` needs: ids by C name, and which types eBPFCore implements itself.
 */
export type MapTypeIds = {
  readonly file: string;
  readonly ids: Readonly<Record<string, number>>;
  readonly native: readonly string[];
};

/**
 * The ids that a header registers; throws a HeaderError where it has no readable `bpf_map_type`.
 */
export async function readMapTypeIds(text: string, file: string): Promise<MapTypeIds> {
  const { entries } = await parseHeader(text, file);
  // Names come from the header: one called `__proto__` is a key like any other here.
  const ids: Record<string, number> = Object.create(null);
  for (const { name, value } of entries) ids[name] ??= value;
  return { file, ids, native: Object.keys(ids).filter(isNative) };
}

/** Parses a header; throws a HeaderError where the enum cannot be found or read. */
export async function parseHeader(text: string, file: string): Promise<MapTypeEnum> {
  refuseOpenComment(text, file);
  const parse = await openParser(
    'c',
    () => new HeaderError(file, 'the C parser gave up on this file'),
  );
  return parse(text, (root) => readMapTypeEnum(root, file, parse));
}

// The parser recovers from a comment that never ends by reading it as code, which no compiler does.
const commentOrText =
  /\/\*[^]*?\*\/|\/\/(?:\\\r?\n|[^\n])*|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|\/\*/g;

function refuseOpenComment(text: string, file: string): void {
  for (const { 0: found, index } of text.matchAll(commentOrText)) {
    if (found !== '/*') continue;
    const before = text.slice(0, index).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    throw new HeaderError(file, 'the comment that starts here never ends', { place });
  }
}
