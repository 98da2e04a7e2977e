/**
 * From offsets in a library to functions and lines: by addr2line or llvm-symbolizer where one is
 * there, else function names by the file's own tables, else none.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from '../trace/place.ts';
import { printable } from '../trace/printable.ts';
import { elfFunctions, functionIn } from './elf-symbols.ts';
import type { CodeAddress } from './crash-record.ts';

/** A frame with the folder of its file, by which our own glue is told from the subject's code. */
export type SymbolFrame = Frame & { folder: string };

type Tool = { program: string; options: (file: string) => string[] };

const tools: readonly Tool[] = [
  { program: 'addr2line', options: (file) => ['-a', '-f', '-i', '-C', '-e', file] },
  {
    program: 'llvm-symbolizer',
    options: (file) => [
      ...['--output-style=GNU', '--addresses', '--functions', '--inlines', '--demangle'],
      `--obj=${file}`,
    ],
  },
];

/** A tool that reads debug information of a hostile file may never end. */
const toolMs = 30_000;
const nameCharactersMax = 120;

/**
 * By file and addresses: the same places are asked for again and again while a run is made small.
 */
const known = new Map<string, SymbolFrame[]>();
const knownMax = 2_000;
let missing: Set<string> | null = null;

/**
 * The frames of addresses in one library, inlined calls as frames of their own, from the inside
 * out.
 */
export const framesOf = (file: string, addresses: readonly CodeAddress[]): SymbolFrame[] => {
  const name = `${file} ${addresses.map(({ offset, isExact }) => `${offset}${isExact ? '' : '-'}`).join(' ')}`;
  let found = known.get(name);
  if (!found) {
    if (known.size >= knownMax) known.clear();
    known.set(name, (found = symbolise(file, addresses)));
  }
  return found;
};

/**
 * Why lines are not told, in words; null where a tool is there. Known once frames were asked for.
 */
export const lackOfSymbols = (): string | null =>
  missing?.size === tools.length
    ? `no ${tools.map(({ program }) => program).join(' or ')} runs here, so lines are not told`
    : null;

const symbolise = (file: string, addresses: readonly CodeAddress[]): SymbolFrame[] => {
  const bytes = readFileSync(file);
  const base = imageBase(bytes);
  // Where a call returns to may be the next line already, or the next function.
  const looked = addresses.map(({ offset, isExact }) => offset - (isExact ? 0n : 1n));
  const answers = ask(file, looked.map((offset) => `0x${(offset + base).toString(16)}`)); // prettier-ignore
  const functions = answers.every((answer) => answer.some(({ line }) => line !== null))
    ? []
    : elfFunctions(bytes);
  const module = path.basename(file);
  return addresses.flatMap(({ offset }, i) => {
    const shown = { module, offset: `0x${offset.toString(16)}` };
    const lines = (answers[i] ?? []).filter(({ line }) => line !== null);
    if (lines.length > 0) return lines.map((one) => ({ ...one, ...shown }));
    // Without lines a tool names the function before it, whichever that is.
    const named = functionIn(functions, Number(looked[i]));
    return [{ function: named && printable(named, nameCharactersMax), ...nowhere, ...shown }];
  });
};

const nowhere = { file: null, line: null, folder: '' };

/**
 * A PE file's lines are told by the addresses that it was linked for; an ELF library's begin at 0.
 */
const imageBase = (bytes: Buffer): bigint => {
  if (bytes.length < 0x100 || bytes.readUInt16BE(0) !== 0x4d5a) return 0n;
  const head = bytes.readUInt32LE(0x3c);
  return head + 0x38 <= bytes.length ? bytes.readBigUInt64LE(head + 0x30) : 0n;
};

type Answer = Pick<SymbolFrame, 'function' | 'file' | 'line' | 'folder'>[];

/** The first tool that tells a line answers; null lines where none does. */
const ask = (file: string, addresses: readonly string[]): Answer[] => {
  missing ??= new Set();
  if (addresses.length === 0) return [];
  for (const { program, options } of tools) {
    if (missing.has(program)) continue;
    try {
      const text = execFileSync(program, [...options(file), ...addresses], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: toolMs,
      });
      const answers = parseSymbols(text);
      if (answers.some((answer) => answer.some(({ line }) => line !== null))) return answers;
    } catch (reason) {
      if ((reason as NodeJS.ErrnoException).code === 'ENOENT') missing.add(program);
    }
  }
  return [];
};

/** What a tool said: each address on a line of its own, then pairs of function and place. */
export const parseSymbols = (text: string): Answer[] => {
  const answers: Answer[] = [];
  let name: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (/^0x[0-9a-f]+$/i.test(line)) {
      answers.push([]);
      name = null;
    } else if (name === null) name = line;
    else {
      answers.at(-1)?.push(placed(name, line));
      name = null;
    }
  }
  return answers;
};

const placed = (name: string, where: string): Answer[number] => {
  const [, file = '', line = ''] =
    /^(.*):(\d+|\?)(?::\d+)?(?: \(discriminator \d+\))?$/.exec(where) ?? [];
  const isKnown = /^\d+$/.test(line) && line !== '0' && !file.startsWith('??');
  const cut = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\'));
  return {
    function: name === '' || name === '??' ? null : printable(name, nameCharactersMax),
    file: isKnown ? printable(file.slice(cut + 1), nameCharactersMax) : null,
    line: isKnown ? Number(line) : null,
    folder: file.slice(0, cut + 1),
  };
};
