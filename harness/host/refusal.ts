/** Why a subject cannot be run at all, in one sentence. */
import { HarnessFault, SubjectError, UsageError } from '../errors/errors.ts';
import type { SubjectSource } from '../execute/executor.ts';
import type { Death } from './host-process.ts';
import { wordsOfPlace } from '../trace/place.ts';
import { placeOf } from './place.ts';
import { loadLimitWords, type Limits } from './limits.ts';

/** The subject's file name. */
export const shownName = ({ path }: SubjectSource): string => path.split(/[\\/]/).at(-1)!;

/** How a start ended the process. */
export const wordsOf = (
  { how, error, said, record }: Death,
  where: string,
  limits: Limits,
  /** The subject's file, for the place of a crash in it. */
  file: string,
): string => {
  if (how === 'hang') return `${where} ${loadLimitWords(limits)}`;
  const place = record && placeOf(file, record);
  const words = [error, ...(said ? [said] : []), ...(place ? [wordsOfPlace(place)] : [])];
  return `${where} ended the process (${words.join('; ')})`;
};

/** What is said of a library whose sanitizer is not in the process. */
const lacksRuntime = /ASan runtime does not come first|__[atu][a-z]*san_|static TLS block/;

/** Why a host has no subject. */
export const refusal = (
  answer: Death | { sentence: string; fault: 'subject' | 'usage' | 'harness' },
  source: SubjectSource,
  limits: Limits,
  /** The sanitizer that the library was built with, where its runtime was not asked for. */
  unasked: string | null = null,
): Error => {
  const name = shownName(source);
  const said = 'mark' in answer ? answer.said : answer.sentence;
  if (unasked !== null && lacksRuntime.test(said)) {
    return new SubjectError(
      `"${name}" could not be loaded: it was built with ${unasked}; run it with --asan.`,
    );
  }
  if ('mark' in answer && answer.how === 'harness') {
    const last = answer.said ? `; ${answer.said}` : '';
    return new HarnessFault(`a host process did not come up (${answer.error}${last})`);
  }
  if ('mark' in answer) {
    return new SubjectError(
      `"${name}" could not be loaded: ${wordsOf(answer, 'it', limits, source.path)}.`,
    );
  }
  const { sentence, fault } = answer;
  if (fault === 'usage') return new UsageError(sentence);
  return fault === 'subject' ? new SubjectError(sentence) : new HarnessFault(sentence);
};
