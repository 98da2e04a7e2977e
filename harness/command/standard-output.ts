/**
 * The standard output of this process, and whether it took all that was written: a report of which
 * a part is missing must not look like a verdict.
 */
import type { Output } from './context.ts';

export type StandardOutput = Output & {
  /** The code of what went wrong, once all is written; null when nothing did. */
  settled: () => Promise<string | null>;
};

/** Takes the stream as it is now: who replaces its `write` later changes nothing here. */
export const standardOutput = (stream: NodeJS.WriteStream): StandardOutput => {
  const write = stream.write.bind(stream);
  let trouble: string | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    trouble ??= error.code ?? error.message;
  });
  return {
    write: (text) => write(text),
    isTTY: stream.isTTY,
    columns: stream.columns,
    settled: async () => {
      await new Promise<void>((resolve) => write('', () => resolve()));
      // The event comes after the callback.
      await new Promise((resolve) => setImmediate(resolve));
      return trouble;
    },
  };
};
