/** `replay --emit`: a run that breaks a rule, as a test in another language. */
import { messageParts } from '../check/message.ts';
import { blameIn } from '../conclude/blame.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { emitC } from '../emit/emit-c.ts';
import { emitTs } from '../emit/emit-ts.ts';
import type { Language } from './languages.ts';
import { UsageError } from '../errors/errors.ts';
import type { ReplayResult } from '../run/options.ts';
import { printable } from '../trace/printable.ts';

/** The test. Throws UsageError where the run breaks nothing, or the language cannot make it. */
export const emit = (
  language: Language,
  { replay, name, subject }: { replay: ReplayFile; name: string; subject: string | null },
  { requirement, verdict, message, violation, trace }: ReplayResult,
): string => {
  if (!violation) {
    throw new UsageError(
      `the run does not break ${printable(requirement, 40)} on this subject (${verdict}); there is no test to write`,
    );
  }
  const blame = blameIn(trace)(violation);
  const parts = messageParts(message ?? '');
  const expected = parts.expected === null ? '' : `expected ${parts.expected}; `;
  const told = {
    ...{ rule: requirement, replay: name, trace, blame },
    message: `${expected}saw ${parts.saw}`,
  };
  return language === 'c' ? emitC(told) : emitTs({ ...told, run: replay, subject });
};
