/**
 * A counterexample as one word, so that a report can say how to repeat it without writing a file.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UsageError } from '../errors/errors.ts';
import type { ReplayFile } from '../conclude/record.ts';

const prefix = 'r1.';
/** Longest token read, and the most it may unfold to. */
const charactersMax = 64 * 1024;
const bytesMax = 1024 * 1024;

/** Whether a word looks like a token. */
export const isReplayToken = (text: string): boolean => text.startsWith(prefix);

/** The run as a token: URL-safe, no spaces. */
export const encodeReplay = (replay: ReplayFile): string =>
  prefix + deflateRawSync(JSON.stringify(replay)).toString('base64url');

/** The data of a token, not yet validated. Throws UsageError when it is torn or foreign. */
export const decodeReplay = (token: string): unknown => {
  try {
    if (token.length > charactersMax) throw new RangeError('too long');
    const packed = Buffer.from(token.slice(prefix.length), 'base64url');
    return JSON.parse(inflateRawSync(packed, { maxOutputLength: bytesMax }).toString('utf8'));
  } catch {
    throw new UsageError(
      'the replay word is torn or was not made by this tool; copy it whole, from r1. to its end',
    );
  }
};

/** The word of a replay line; null where there is none. */
export const tokenIn = (line: string): string | null => / (r1\.\S+)/.exec(line)?.[1] ?? null;

const idDigits = 12;

/** Short name of the run that a replay line repeats: the same for the same run. */
export const replayIdOf = (line: string): string =>
  createHash('sha256')
    .update(tokenIn(line) ?? line)
    .digest('hex')
    .slice(0, idDigits);
