/** The last of what a process wrote to stderr, bounded and fit to show: no addresses, no paths, one line. */
import { printable } from '../trace/printable.ts';

const bytesMax = 8_192;
const charactersMax = 200;

export class StderrTail {
  private held = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.held = Buffer.concat([this.held, bytes.subarray(-bytesMax)]).subarray(-bytesMax);
  }

  /** The line that tells most: a runtime's last words, else the last line. */
  text(): string {
    const lines = this.held
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    const told =
      lines.find((line) => /^FATAL ERROR|^\*\*\*|[Aa]ssert/.test(line)) ?? lines.at(-1) ?? '';
    return printable(clean(told), charactersMax);
  }
}

/** Addresses, process numbers and folders differ from run to run and from machine to machine. */
const clean = (line: string): string =>
  line
    .replace(/0x[0-9a-fA-F]+/g, '0x…')
    .replace(/\[\d+(?=[\]:])/g, '[…')
    .replace(/(?:[A-Za-z]:)?[\\/](?:[^\s\\/:]+[\\/])+/g, '');
