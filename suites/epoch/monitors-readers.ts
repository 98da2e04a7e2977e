/**
 * Monitors of memory that readers may still look at: what the provider owes them, and what the
 * runtime owes it.
 */

export const isDispatch = (callback: string): boolean => /^(pre|post)process_/.test(callback);
