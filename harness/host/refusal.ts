/** Why a subject cannot be run at all, in one sentence. */
import { HarnessFault, SubjectError, UsageError } from '../fault.ts';
import type { SubjectSource } from '../run/executor.ts';
import type { Death } from './host-process.ts';
import { loadLimitWords, type Limits } from './limits.ts';

/** The subject's file name. */
export const shownName = ({ path }: SubjectSource): string => path.split(/[\\/]/).at(-1)!;

/** How a start ended the process. */
export const wordsOf = ({ how, error, said }: Death, where: string, limits: Limits): string => {
  if (how === 'hang') return `${where} ${loadLimitWords(limits)}`;
  return `${where} ended the process (${error}${said ? `; ${said}` : ''})`;
};

/** Why a host has no subject. */
export const refusal = (
  answer: Death | { sentence: string; fault: 'subject' | 'usage' | 'harness' },
  name: string,
  limits: Limits,
): Error => {
  if ('mark' in answer) {
    const { said } = answer;
    if (said.includes('ASan runtime does not come first')) {
      return new SubjectError(
        `"${name}" could not be loaded: it was built with AddressSanitizer; run it with --asan.`,
      );
    }
    return new SubjectError(`"${name}" could not be loaded: ${wordsOf(answer, 'it', limits)}.`);
  }
  const { sentence, fault } = answer;
  if (fault === 'usage') return new UsageError(sentence);
  return fault === 'subject' ? new SubjectError(sentence) : new HarnessFault(sentence);
};
