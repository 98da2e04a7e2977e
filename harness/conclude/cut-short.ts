/** What is said of a rule that was not judged because the subject was lost before. */

/** The reason of such a rule. */
export const cutShortReason = (callbacks: readonly string[]): string =>
  `plans stopped short of ${callbacks.join(', ')}, in which the subject was lost`;

/** Whether a row was not judged because the subject was lost in this callback. */
export const isCutShortIn = (
  { verdict, reason }: { verdict: string; reason: string | null },
  callback: string,
): boolean => {
  const told = /plans stopped short of (.*), in which the subject was lost/.exec(reason ?? '')?.[1];
  return verdict === 'inconclusive' && (told?.split(', ').includes(callback) ?? false);
};
