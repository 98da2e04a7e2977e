/** The last of what a process wrote to stderr, bounded and fit to show: no addresses, no paths, one line. */
import { printable } from '../trace/printable.ts';

/** A sanitizer's report is long, and its beginning names the subject's function. */
const bytesMax = 32_768;
const charactersMax = 200;
/** How AddressSanitizer begins the line that says it all. */
export const sanitizerSummary = 'SUMMARY: AddressSanitizer: ';

export class StderrTail {
  private held = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.held = Buffer.concat([this.held, bytes.subarray(-bytesMax)]).subarray(-bytesMax);
  }

  /** The line that tells most: a sanitizer's summary, a runtime's last words, else the last line. */
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

/** The summary, and who called where it names a function of the sanitizer's own. Null without one. */
const sanitizerWords = (lines: readonly string[]): string | null => {
  const summary = lines.find((line) => line.startsWith(sanitizerSummary));
  const own = / in (\S+)$/.exec(summary ?? '')?.[1];
  if (!summary || !own || !sanitizerFiles.test(summary)) return summary ?? null;
  const kind = summary.slice(sanitizerSummary.length).split(' ', 1)[0]!;
  const within = lines.findIndex((line) => /^#0 /.test(line) && line.includes(` in ${own} `));
  const caller = /^#1 0x[0-9a-f]+ in (.*)$/.exec(lines[within + 1] ?? '')?.[1];
  const name = own.replace('__interceptor_', '');
  return caller ? `${sanitizerSummary}${kind} in ${name}, called from ${caller}` : summary;
};

/** Addresses, process numbers and folders differ from run to run and from machine to machine. */
const clean = (line: string): string =>
  line
    .replace(/0x[0-9a-fA-F]+/g, '0x…')
    .replace(/^==\d+==/, '')
    .replace(/\[\d+(?=[\]:])/g, '[…')
    .replace(/(?:[A-Za-z]:|[^\s\\/:(]+)?[\\/](?:[^\s\\/:]+[\\/])+/g, '');
