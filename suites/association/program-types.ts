/** Program types as a profile names them. */
import { guids, type CallbackEntered, type SubjectContext } from '../../harness/index.ts';

export const associate = 'preprocess_associate_program_type';

/** The program type that a call asks about; null for other calls. */
export const typeOf = (call: CallbackEntered | undefined): string | null =>
  call?.callback === associate ? (call.program_type ?? '').toLowerCase() : null;

export const accepted = ({ profile }: SubjectContext): readonly string[] =>
  profile.programTypes?.accept ?? [];
export const isDeclared = ({ profile }: SubjectContext): boolean =>
  profile.source['programTypes'] === 'declared';

/**
 * Whether nothing but the accepted types is welcome: declared without a list of those that are not.
 */
export const isClosed = (subject: SubjectContext): boolean =>
  isDeclared(subject) && (subject.profile.programTypes?.reject.length ?? 0) === 0;

/** Program types by name where the platform has one. */
export const typeName = (guid: string): string =>
  Object.entries(guids.PROGRAM_TYPES).find(([, known]) => known === guid)?.[0] ?? guid;

/** Whether the type differs from an accepted one in a single bit. */
export const isNearMiss = (type: string, types: readonly string[]): boolean => {
  if (!guids.isGuid(type)) return false;
  const bytes = guids.guidToBytes(type);
  return types.some((other) => {
    if (!guids.isGuid(other)) return false;
    let bits = 0;
    guids.guidToBytes(other).forEach((byte, i) => {
      for (let rest = byte ^ bytes[i]!; rest > 0; rest &= rest - 1) bits += 1;
    });
    return bits === 1;
  });
};
