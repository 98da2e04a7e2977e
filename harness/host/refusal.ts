/** Why a subject cannot be run at all, in one sentence. */
import { HarnessFault, SubjectError, UsageError } from '../fault.ts';
import type { SubjectSource } from '../run/executor.ts';
import type { Death } from './host-process.ts';

/** Loading and starting may take this long. */
export const startLimitMs = 10_000;

/** The subject's file name. */
export const shownName = ({ path }: SubjectSource): string => path.split(/[\\/]/).at(-1)!;

/** How a start ended the process. */
export const wordsOf = ({ how, error, said }: Death, where: string): string => {
  if (how === 'hang') return `${where} did not return within ${startLimitMs / 1000} s`;
  return `${where} ended the process (${error}${said ? `; ${said}` : ''})`;
};

/** Why a host has no subject. */
export const refusal = (
  answer: Death | { sentence: string; fault: 'subject' | 'usage' | 'harness' },
  name: string,
): Error => {
  if ('mark' in answer) {
    const { how, error, said } = answer;
    if (said.includes('ASan runtime does not come first')) {
      return new SubjectError(
        `"${name}" could not be loaded: it was built with AddressSanitizer; run it with --asan.`,
      );
    }
    const end =
      how === 'hang'
        ? `it did not return within ${startLimitMs / 1000} s`
        : `it ended the process (${error}${said ? `; ${said}` : ''})`;
    return new SubjectError(`"${name}" could not be loaded: ${end}.`);
  }
  const { sentence, fault } = answer;
  if (fault === 'usage') return new UsageError(sentence);
  return fault === 'subject' ? new SubjectError(sentence) : new HarnessFault(sentence);
};
