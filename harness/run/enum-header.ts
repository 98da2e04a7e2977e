/** Map type ids of an enum header given with --enum-header. */
import type { SubjectContext } from '../check/subject.ts';
import { UsageError } from '../errors/errors.ts';
import { readHeader } from '../registry/read-header.ts';

/** Reads and parses the header. Throws UsageError with one sentence. */
export const readEnumHeader = async (file: string): Promise<SubjectContext['enumHeader']> => {
  try {
    const header = readHeader(file);
    const { readMapTypeIds } = await import('../registry/parse-header.ts');
    const { ids } = await readMapTypeIds(header, file);
    return { ids, file };
  } catch (reason) {
    throw new UsageError(reason instanceof Error ? reason.message : String(reason));
  }
};
