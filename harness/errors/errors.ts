/**
 * Ends that are not a verdict: bad usage, a subject that does not load, our own faults. Each
 * carries its documented exit code; the message is one sentence that says what, where and what
 * next.
 */

/** An end of the command that is no verdict. */
export abstract class EndedEarly extends Error {
  abstract readonly exitCode: number;
}

/** What the user asked cannot be done as asked: options, files, configuration. */
export class UsageError extends EndedEarly {
  override readonly name = 'UsageError';
  readonly exitCode = 4;
}

/** The subject could not be loaded or started. */
export class SubjectError extends EndedEarly {
  override readonly name = 'SubjectError';
  readonly exitCode = 5;
}

/** The harness itself is at fault; never blamed on the subject. */
export class HarnessFault extends EndedEarly {
  override readonly name = 'HarnessFault';
  readonly exitCode = 7;
}
