/**
 * What modules say of themselves in an export named `meta`. They are imported in a host process,
 * never in this one: a module may do anything while it is imported. Nothing of what it says is
 * checked here.
 */
import { HostProcess, type Death } from './host-process.ts';
import { loadLimits, loadLimitWords } from './limits.ts';

/** A module's `meta` as data, or why nobody knows it. */
export type Described = { meta: unknown } | { failure: string };

const limits = loadLimits(null);

/** Asks one module after the other; a host that one of them took down is replaced for the next. */
export const describeModules = async (files: readonly string[]): Promise<Described[]> => {
  const found: Described[] = [];
  let host: HostProcess | null = null;
  try {
    for (const file of files) {
      host ??= new HostProcess();
      let answer = await host.describe(file, limits.first);
      if ('mark' in answer && answer.how === 'hang') {
        await host.close();
        host = new HostProcess();
        answer = await host.describe(file, limits.again);
      }
      if ('mark' in answer) {
        found.push({ failure: endWords(answer) });
        await host.close();
        host = null;
      } else {
        found.push(
          answer.what === 'refused' ? { failure: answer.sentence } : { meta: answer.meta },
        );
      }
    }
  } finally {
    await host?.close();
  }
  return found;
};

const endWords = ({ how, error }: Pick<Death, 'how' | 'error'>): string =>
  how === 'hang'
    ? `its import ${loadLimitWords(limits)}`
    : `its import ended the process (${error})`;
