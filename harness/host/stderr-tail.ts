/**
 * The last of what a process wrote to stderr, bounded and fit to show: no addresses, no paths, one
 * line.
 */
import { printable } from '../trace/printable.ts';

/** A sanitizer's report is long, and its beginning names the subject's function. */
const bytesMax = 32_768;
const charactersMax = 200;
/** How a sanitizer begins the line that says it all: its name, then what it saw. */
const summaryLine = /^SUMMARY: ([A-Z]\w+Sanitizer): (.*)$/;

/** A sanitizer's last words as its name and what it saw; null for others. */
export const sanitizerReport = (said: string): { name: string; saw: string } | null => {
  const [, name, saw] = summaryLine.exec(said) ?? [];
  return name === undefined || saw === undefined ? null : { name, saw };
};

export class StderrTail {
  private held = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.held = Buffer.concat([this.held, bytes.subarray(-bytesMax)]).subarray(-bytesMax);
  }

  /** The address that a sanitizer's report is about. */
  faultAddress(): bigint | null {
    const [, address] =
      / on (?:unknown )?address 0x([0-9a-f]{1,16})/.exec(this.held.toString()) ?? [];
    return address === undefined ? null : BigInt(`0x${address}`);
  }

  /**
   * The line that tells most: a sanitizer's summary, a runtime's last words, else the last line.
   */
  text(): string {
    const lines = this.held
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    const told =
      sanitizerWords(lines) ??
      lines.find((line) => /^FATAL ERROR|^\*\*\*|[Aa]ssert/.test(line)) ??
      lines.at(-1) ??
      '';
    return printable(clean(told), charactersMax);
  }
}

/** Where the sanitizer's own functions, which stand in for free() and the like, come from. */
const sanitizerFiles = /__interceptor_|libsanitizer|compiler-rt|libclang_rt|libasan/;

/**
 * The summary, and who called where it names a function of the sanitizer's own. Null without one.
 */
const sanitizerWords = (lines: readonly string[]): string | null => {
  const summary = lines.find((line) => summaryLine.test(line));
  // What is undefined is said in a line of its own; the summary knows the place only.
  const undefinedThing = lines.find((line) => / runtime error: /.test(line));
  if (undefinedThing) return `SUMMARY: UndefinedBehaviorSanitizer: ${undefinedThing}`;
  if (!summary) return null;
  const { name, saw } = sanitizerReport(summary)!;
  const own = / in (\S+)$/.exec(summary)?.[1];
  if (!own || !sanitizerFiles.test(summary)) return summary;
  const within = lines.findIndex((line) => /^#0 /.test(line) && line.includes(` in ${own} `));
  const caller = /^#1 0x[0-9a-f]+ in (.*)$/.exec(lines[within + 1] ?? '')?.[1];
  if (!caller) return summary;
  const called = own.replace('__interceptor_', '');
  return `SUMMARY: ${name}: ${saw.split(' ', 1)[0]!} in ${called}, called from ${caller}`;
};

/** Addresses, process numbers and folders differ from run to run and from machine to machine. */
const clean = (line: string): string =>
  line
    .replace(/0x[0-9a-fA-F]+/g, '0x…')
    .replace(/^==\d+==/, '')
    .replace(/\[\d+(?=[\]:])/g, '[…')
    .replace(/(?:[A-Za-z]:|[^\s\\/:(]+)?[\\/](?:[^\s\\/:]+[\\/])+/g, '');
