/**
 * What a certificate needs besides the report: each run with the digest of its trace, and where and
 * how it was made. `--out` keeps it in `evidence/`; `bundle` takes it from there.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stableJson } from '../../reports/json.ts';
import type { RanRun } from '../conclude/ran-run.ts';
import { toolOf } from '../run/tool.ts';
import { printable } from '../trace/printable.ts';
import { writeWhole } from './write-file.ts';

/** Runs that are kept; a certification without options makes a thousand. */
const keptMax = 5_000;

/** A word as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./=:,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const digestOf = (file: string): string | null => {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return null;
  }
};

export class Evidence {
  private readonly lines: string[] = [];

  /** Keeps a run. */
  readonly ran = (run: RanRun): void => {
    if (this.lines.length < keptMax) this.lines.push(JSON.stringify(run));
  };

  /** Writes `evidence/` of the folder; `config` is what `--config` named. */
  write(out: string, argv: readonly string[], config: string | null): void {
    const environment = {
      tool: toolOf(),
      node: process.versions.node,
      platform: process.platform,
      arch: process.arch,
      command: printable(['mapcert', ...argv].map(quoted).join(' ')),
      config: config === null ? null : digestOf(config),
      runs: this.lines.length,
    };
    writeWhole(path.join(out, 'evidence', 'environment.json'), stableJson(environment));
    writeWhole(
      path.join(out, 'evidence', 'runs.jsonl'),
      this.lines.map((line) => `${line}\n`).join(''),
    );
  }
}
