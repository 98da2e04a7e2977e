/** The file that --selftest names. */
import { checkSelftest } from '../../reports/check-report.ts';
import type { SelftestResult } from '../conclude/kill-matrix.ts';
import { UsageError } from '../errors/errors.ts';
import { printable } from '../trace/printable.ts';
import { readJson } from './read-file.ts';

/** Reads what `selftest --json` wrote. Throws UsageError for anything else. */
export const readSelftest = (file: string): SelftestResult => {
  const checked = checkSelftest(readJson(file, '--selftest'));
  if (checked.ok) return checked.data;
  throw new UsageError(
    `--selftest ${printable(file, 300)} is none of this tool: ${checked.problem}`,
  );
};
