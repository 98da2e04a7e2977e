/**
 * Monitors of the end of maps, for providers: nothing of a map stays, and nothing of it is used
 * again.
 */
import type { CallbackEntered } from '../../harness/index.ts';

export const mapDelete = 'postprocess_map_delete';

/** A worker has no process of its own; as shipped every map ends there. */
export const worker = 0;

/** What becomes of a NULL context is LIFE-011's. */
export const isNullDelete = (call: CallbackEntered | undefined): boolean =>
  call?.callback === mapDelete && (call.context ?? null) === null;

/**
 * More maps than were ever alive together, and a few more, may not stay in a cache after their end.
 */
export const cachedMapsMax = 16;
