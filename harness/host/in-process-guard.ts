/**
 * What a subject in this process must not do to it: end it, or write where a report goes. A call
 * that would end the process throws instead, so that it is the loss of that call, as in a host.
 */
import process from 'node:process';

/** Thrown where the subject would have ended the process. */
export class ProcessEnded extends Error {
  override readonly name: string;

  constructor(how: string) {
    super('the call would have ended the process');
    this.name = how;
  }
}

type Ends = 'exit' | 'reallyExit' | 'abort';

/** Puts the guard up. It stays: what a subject left behind may act later. */
export const guardProcess = (): void => {
  const guarded = process as unknown as Record<Ends, (code?: unknown) => never>;
  const end =
    (how: string) =>
    (code?: unknown): never => {
      throw new ProcessEnded(how === 'abort' ? 'abort()' : `exit(${String(code ?? 0)})`);
    };
  for (const name of ['exit', 'reallyExit', 'abort'] as const) guarded[name] = end(name);
  const { stderr } = process;
  process.stdout.write = stderr.write.bind(stderr) as typeof process.stdout.write;
};
