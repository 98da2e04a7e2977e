/** What an operation of a run answers its caller. */

export type Answer = { result: string; out?: unknown; map?: string; given?: string };

export const noSuchMap: Answer = { result: 'NO_SUCH_MAP' };
export const noSuchProvider: Answer = { result: 'NO_SUCH_PROVIDER' };
export const notOffered: Answer = { result: 'NOT_OFFERED' };
/** Answers of operations that were not carried out. */
export const skipped = new Set([noSuchMap.result, notOffered.result]);
