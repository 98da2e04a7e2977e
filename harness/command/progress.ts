/** How far a run is, on the error stream: a spinner for a person, a line now and then for a log. */
import type { Progress } from '../run/options.ts';
import type { Output } from './context.ts';

/** A run shorter than this shows nothing at all. */
const SILENT_MS = 2_000;
/** In a log, at most one line in this time. */
const LOG_EVERY_MS = 10_000;

export type ProgressLine = { show: (progress: Progress) => void; stop: () => void };

const textOf = ({ done, total, phase }: Progress): string =>
  total > 0 ? `${phase} ${done}/${total}` : phase;

/** Starts it. `stop` leaves no trace on a terminal. */
export const startProgress = async (stderr: Output, quiet: boolean): Promise<ProgressLine> => {
  if (quiet) return { show: () => {}, stop: () => {} };
  return stderr.isTTY === true ? spinner() : log(stderr);
};

const spinner = async (): Promise<ProgressLine> => {
  const { createSpinner } = await import('nanospinner');
  const shown = createSpinner('', { stream: process.stderr });
  const started = Date.now();
  return {
    show: (progress) => {
      if (Date.now() - started < SILENT_MS) return;
      if (shown.isSpinning()) shown.update({ text: textOf(progress) });
      else shown.start({ text: textOf(progress) });
    },
    stop: () => {
      if (shown.isSpinning()) shown.stop();
    },
  };
};

const log = (stderr: Output): ProgressLine => {
  let due = Date.now() + SILENT_MS;
  return {
    show: (progress) => {
      if (Date.now() < due) return;
      due = Date.now() + LOG_EVERY_MS;
      stderr.write(`mapcert: ${textOf(progress)}\n`);
    },
    stop: () => {},
  };
};
